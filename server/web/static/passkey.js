// Forms marked data-passkey="make" or "prove": ask the server what to ask the device, ask the device, send its answer
// as the form's field `answer`. The words come from the page.
"use strict";

(() => {
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (one) => one.charCodeAt(0));
  };
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const make = async (options) => {
    const found = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: known(options.excludeCredentials),
      },
    });
    return answer(found, {
      attestationObject: text(found.response.attestationObject),
      transports: found.response.getTransports ? found.response.getTransports() : [],
    });
  };

  const prove = async (options) => {
    const found = await navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        allowCredentials: known(options.allowCredentials),
      },
    });
    return answer(found, {
      authenticatorData: text(found.response.authenticatorData),
      signature: text(found.response.signature),
      userHandle: found.response.userHandle ? text(found.response.userHandle) : null,
    });
  };

  const answer = (found, response) =>
    JSON.stringify({
      id: found.id,
      rawId: text(found.rawId),
      type: found.type,
      clientExtensionResults: {},
      response: { clientDataJSON: text(found.response.clientDataJSON), ...response },
    });

  const ways = { make, prove };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const status = form.querySelector("[data-passkey-status]");
    const button = form.querySelector("button");
    const say = (what) => {
      status.textContent = what ? status.dataset[what] : "";
      status.hidden = !what;
    };
    if (!window.PublicKeyCredential || !window.isSecureContext) {
      button.disabled = true;
      say("missing");
      continue;
    }
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (button.disabled) return;
      button.disabled = true;
      say("waiting");
      try {
        const asked = await fetch(form.dataset.options, { method: "POST", headers: { Accept: "application/json" } });
        if (!asked.ok) {
          say(asked.status === 401 ? "stale" : "failed");
        } else {
          form.elements.answer.value = await ways[form.dataset.passkey](await asked.json());
          HTMLFormElement.prototype.submit.call(form);
          return;
        }
      } catch (error) {
        say(error.name === "InvalidStateError" ? "known" : "failed");
      }
      button.disabled = false;
    });
  }
})();
