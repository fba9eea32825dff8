// Another web site could show this page in a frame and deceive the person who uploads. A security policy in the
// HTML of a page cannot forbid frames, so the script of a framed page ends here.
if (window.top !== window) {
  byId("noScript").textContent = text.framed;
  return;
}
