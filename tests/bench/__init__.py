"""The figures of the README, measured: ``make bench``. Ratios in one run, since machines differ."""
