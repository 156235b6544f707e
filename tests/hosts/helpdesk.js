// The helpdesk's own script: it says which account was added, whether the form stands in a frame or in the page.
document.addEventListener("skrzynka:saved", ({ detail }) => {
  document.getElementById("said").textContent = `Account ${detail.account} for “${detail.state}”`;
});
