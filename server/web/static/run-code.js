// Fills the two codes in from what stands behind the # of the station's QR, and takes it out of the address.
"use strict";

const codes = /^#([0-9A-Za-z]{8})\.([0-9A-Za-z]{10})$/.exec(location.hash);
if (codes) {
  document.getElementById("run").value = `${codes[1].slice(0, 4)}-${codes[1].slice(4)}`;
  document.getElementById("own").value = `${codes[2].slice(0, 5)}-${codes[2].slice(5)}`;
  history.replaceState(null, "", location.pathname + location.search);
}
