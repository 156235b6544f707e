from app.extensions import JobQueue


def test_healthy_is_200_and_says_what_was_checked(visitor, monkeypatch):
    monkeypatch.setattr(JobQueue, "answers", lambda _self: True)
    response = visitor.client.get("/healthz")
    assert (response.status_code, response.json) == (200, {"ok": True, "checks": {"database": True, "queue": True}})


def test_a_queue_that_is_down_is_503(environment, request):
    environment["SKRZYNKA_REDIS_URL"] = "redis://127.0.0.1:1/0"
    response = request.getfixturevalue("visitor").client.get("/healthz")
    assert (response.status_code, response.json["checks"]) == (503, {"database": True, "queue": False})


def test_the_metrics_count_accounts_and_tests(visitor):
    response = visitor.client.get("/metrics")
    assert response.mimetype == "text/plain"
    assert "# TYPE skrzynka_accounts gauge" in response.text


def test_the_metrics_name_nobody(visitor, member):
    assert member.email not in visitor.client.get("/metrics").text
