// Marks the page as one where scripts run, before it is painted.
document.documentElement.classList.add("scripted");
