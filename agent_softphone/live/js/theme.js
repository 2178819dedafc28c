// Sets the theme before anything is painted, so that nothing flashes. Not a module.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("parley.theme");
  } catch {
    // Storage may be forbidden; the system's theme is used then.
  }
  if (chosen === "light" || chosen === "dark") {
    document.documentElement.dataset.theme = chosen;
  }
})();
