// A real OpenID provider for the tests, with the scopes, strengths and signatures of the digital authentication app.
// It reads its keys, clients and people from stdin and says "ready" once it listens. `PUT /saboteur` plants one fault in
// its next answer; without one it is npm's oidc-provider as it is.
import { readFileSync } from "node:fs";
import { Provider } from "oidc-provider";
import * as jose from "jose";

const setup = JSON.parse(readFileSync(0, "utf8"));
let fault = {};

const provider = new Provider(setup.issuer, {
  jwks: { keys: setup.keys },
  clients: setup.clients,
  subjectTypes: ["pairwise"],
  pairwiseIdentifier: (_ctx, account, client) => `${client.clientId}-${setup.people[account].sub}`,
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({ ...setup.people[id], sub: id }),
  }),
  scopes: ["openid", "name", "address", "birthdate", "gender", "email"],
  claims: {
    openid: ["sub"],
    acr: null,
    name: ["name"],
    address: ["address"],
    birthdate: ["birthdate"],
    gender: ["gender"],
    email: ["email", "email_verified"],
  },
  acrValues: ["aal2", "aal3", "crl"],
  clientAuthMethods: ["private_key_jwt"],
  enabledJWA: { idTokenSigningAlgValues: ["ES256", "RS256"] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_ctx, interaction) => `/card/${interaction.uid}` },
  cookies: { keys: ["loopback only"] },
  ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope(setup.scope);
    await grant.save();
    return grant;
  },
});

const body = async (ctx) => {
  let text = "";
  for await (const piece of ctx.req) text += piece;
  return text;
};

// The page where the person holds the card to the phone and types the PIN.
const card = async (ctx, next) => {
  if (!ctx.path.startsWith("/card/")) return next();
  if (ctx.method === "GET") {
    ctx.type = "html";
    ctx.body =
      "<!DOCTYPE html><title>card</title><form method=post><input name=person aria-label=person><button>PIN</button></form>";
    return undefined;
  }
  const form = new URLSearchParams(await body(ctx));
  const result = form.get("person")
    ? { login: { accountId: form.get("person"), acr: form.get("acr") ?? "aal3", remember: false } }
    : { error: "access_denied", error_description: "the person said no" };
  return provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
};

const saboteur = async (ctx, next) => {
  if (ctx.path === "/saboteur") {
    fault = JSON.parse(await body(ctx));
    ctx.status = 204;
    return;
  }
  if (fault.status && ctx.path === fault.path) {
    ctx.status = fault.status;
    ctx.body = { error: "temporarily_unavailable" };
    return;
  }
  await next();
  if (fault.path === ctx.path && fault.set) ctx.body = { ...ctx.body, ...fault.set };
  if (ctx.path === "/token" && ctx.body?.id_token) ctx.body = { ...ctx.body, id_token: await spoilt(ctx.body.id_token) };
};

// Return an ID token with the planted fault, signed with the provider's own key where the fault is not the signature.
const spoilt = async (token) => {
  const [head, payload, signature] = token.split(".");
  if (fault.signature === "flip") {
    const last = signature.at(10) === "A" ? "B" : "A";
    return [head, payload, signature.slice(0, 10) + last + signature.slice(11)].join(".");
  }
  if (fault.signature === "none") {
    return [Buffer.from('{"alg":"none"}').toString("base64url"), payload, ""].join(".");
  }
  if (!fault.claims && !fault.signature) return token;
  const header = jose.decodeProtectedHeader(token);
  const claims = { ...jose.decodeJwt(token), ...fault.claims };
  for (const name of fault.without ?? []) delete claims[name];
  if (fault.signature === "secret") {
    const shared = new TextEncoder().encode(JSON.stringify(setup.keys.find((key) => key.kid === header.kid).n ?? "n"));
    return new jose.SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: header.kid }).sign(shared);
  }
  const pair = fault.signature === "stranger" ? (await jose.generateKeyPair(header.alg)).privateKey : null;
  const key = pair ?? (await jose.importJWK(setup.keys.find((one) => one.kid === header.kid), header.alg));
  return new jose.SignJWT(claims).setProtectedHeader(header).sign(key);
};

provider.use(saboteur);
provider.use(card);
provider.listen(new URL(setup.issuer).port, "127.0.0.1", () => process.stdout.write("ready\n"));
