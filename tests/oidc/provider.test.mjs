// A certified client library (openid-client) against the local provider: whatever it refuses is a bug.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as client from "openid-client";
import { annals } from "./annals.mjs";
import { Browser } from "./browser.mjs";

let stack;
let config;
before(async () => {
  stack = await annals();
  config = await discovered("annals-web");
});
after(() => stack.stop());

function discovered(clientId) {
  return client.discovery(new URL(stack.address), clientId, undefined, client.None(), {
    execute: [client.allowInsecureRequests],
  });
}

/** A request of its own: address, and what the answer is checked against. */
async function request(parameters = {}, redirect_uri = `${stack.address}/signed-in`, of = config) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const expectedNonce = client.randomNonce();
  const url = client.buildAuthorizationUrl(of, {
    redirect_uri,
    scope: "openid email profile",
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
    ...parameters,
  });
  return { url, checks: { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true } };
}

/** Signs in through the pages and gives what the library makes of the answer. */
async function signedIn(browser, fields, parameters) {
  const { url, checks } = await request(parameters);
  const page = await browser.open(url);
  assert.equal(page.status, 200);
  const back = await browser.submit(page, fields);
  assert.ok(back.url.href.startsWith(`${stack.address}/signed-in?`), back.url.href);
  return client.authorizationCodeGrant(config, back.url, checks);
}

const editor = { username: "editor@example.org", password: "local" };

async function refusedWith(error, promise) {
  await assert.rejects(promise, (thrown) => {
    assert.equal(thrown.error, error, String(thrown));
    return true;
  });
}

test("discovery says what there is, and the keys are found there", async () => {
  const metadata = config.serverMetadata();
  assert.equal(metadata.issuer, stack.address);
  assert.ok(metadata.supportsPKCE("S256"));
  assert.equal(metadata.end_session_endpoint, `${stack.address}/logout`);
  const keys = await (await fetch(metadata.jwks_uri)).json();
  assert.equal(keys.keys[0].use, "sig");
  assert.equal(keys.keys[0].d, undefined, "no private part");
});

test("code, PKCE, state and nonce lead to tokens that the library accepts", async () => {
  const tokens = await signedIn(new Browser(), editor);
  assert.equal(tokens.token_type, "bearer");
  // The library counts down from when the answer came.
  assert.ok(tokens.expiresIn() > 3_500 && tokens.expiresIn() <= 3_600);
  const claims = tokens.claims();
  assert.equal(claims.aud, "annals-web");
  assert.equal(claims.email, "editor@example.org");
  assert.equal(claims.email_verified, true);
  assert.equal(claims.name, "Emil Editor");
  assert.equal(claims["cognito:username"], "editor");
  assert.deepEqual(claims["cognito:groups"], ["editors", "tenant-demo"]);
  const api = await fetch(`${stack.address}/api/v1/customers`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  assert.equal(api.status, 200);
});

test("the signature of the ID token is checked against the published keys", async () => {
  const strict = await discovered("annals-web");
  client.enableNonRepudiationChecks(strict);
  const browser = new Browser();
  const { url, checks } = await request();
  const back = await browser.submit(await browser.open(url), editor);
  const tokens = await client.authorizationCodeGrant(strict, back.url, checks);
  assert.equal(tokens.claims().sub, "5ab1e000-0000-4000-8000-000000000002");
});

test("another state, nonce or verifier is noticed", async () => {
  const browser = new Browser();
  for (const [name, value] of [
    ["expectedState", "another"],
    ["expectedNonce", "another"],
    ["pkceCodeVerifier", client.randomPKCECodeVerifier()],
  ]) {
    const { url, checks } = await request({ prompt: "login" });
    const back = await browser.submit(await browser.open(url), editor);
    await assert.rejects(
      client.authorizationCodeGrant(config, back.url, { ...checks, [name]: value }),
      undefined,
      name,
    );
  }
});

test("the user info is that of the ID token's subject", async () => {
  const tokens = await signedIn(new Browser(), editor);
  const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.deepEqual(info, {
    sub: tokens.claims().sub,
    email: "editor@example.org",
    email_verified: true,
    name: "Emil Editor",
    username: "editor",
  });
  await assert.rejects(client.fetchUserInfo(config, `${tokens.access_token}x`, tokens.claims().sub));
});

test("tokens are renewed, each time with another refresh token", async () => {
  const first = await signedIn(new Browser(), editor);
  const second = await client.refreshTokenGrant(config, first.refresh_token);
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.notEqual(second.access_token, first.access_token);
  assert.equal(second.claims().sub, first.claims().sub);
  assert.equal(second.claims().auth_time, first.claims().auth_time);
  assert.equal(second.claims().origin_jti, first.claims().origin_jti);
  // The answer was lost: asking again gives the same token, and that one goes on.
  const again = await client.refreshTokenGrant(config, first.refresh_token);
  assert.equal(again.refresh_token, second.refresh_token);
  const narrower = await client.refreshTokenGrant(config, second.refresh_token, { scope: "openid" });
  assert.equal(narrower.scope, "openid");
  assert.equal(narrower.claims().email, undefined);
});

test("what was revoked cannot be renewed, and its user info is gone", async () => {
  const tokens = await signedIn(new Browser(), editor);
  await client.tokenRevocation(config, tokens.refresh_token);
  await refusedWith("invalid_grant", client.refreshTokenGrant(config, tokens.refresh_token));
  await assert.rejects(client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub));
  // Revoking what is unknown or revoked is no error (RFC 7009, section 2.2).
  await client.tokenRevocation(config, tokens.refresh_token);
  await client.tokenRevocation(config, "never-heard-of");
});

test("a code is good once, and its second use ends what came of the first", async () => {
  const browser = new Browser();
  const { url, checks } = await request();
  const back = await browser.submit(await browser.open(url), editor);
  const tokens = await client.authorizationCodeGrant(config, back.url, checks);
  await refusedWith("invalid_grant", client.authorizationCodeGrant(config, back.url, checks));
  await refusedWith("invalid_grant", client.refreshTokenGrant(config, tokens.refresh_token));
});

test("whoever is signed in is not asked again, unless the client wants it", async () => {
  const browser = new Browser();
  await signedIn(browser, editor);
  const silent = await request({ prompt: "none" });
  const back = await browser.open(silent.url);
  const tokens = await client.authorizationCodeGrant(config, back.url, silent.checks);
  assert.equal(tokens.claims()["cognito:username"], "editor");
  const { url } = await request({ prompt: "login" });
  assert.equal((await browser.open(url)).url.pathname, "/login");
  const aged = await request({ max_age: "3600" });
  const fresh = await browser.open(aged.url);
  await client.authorizationCodeGrant(config, fresh.url, { ...aged.checks, maxAge: 3600 });
  const stranger = await request({ prompt: "none" });
  const refused = await new Browser().open(stranger.url);
  await refusedWith(
    "login_required",
    client.authorizationCodeGrant(config, refused.url, stranger.checks),
  );
});

test("signing out ends the provider's session, and leads back to the client with its state", async () => {
  const browser = new Browser();
  const tokens = await signedIn(browser, editor);
  const url = client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: `${stack.address}/`,
    state: "come & go",
  });
  const back = await browser.open(url);
  assert.equal(back.url.href, `${stack.address}/?state=come%20%26%20go`);
  const silent = await request({ prompt: "none" });
  const refused = await browser.open(silent.url);
  assert.equal(refused.url.searchParams.get("error"), "login_required");
});

test("the command line signs in at an address of its own", async () => {
  const cli = await discovered("annals-cli");
  for (const port of [8976, 8977, 8978]) {
    const redirect = `http://localhost:${port}/callback`;
    const { url, checks } = await request({}, redirect, cli);
    const browser = new Browser();
    const back = await browser.submit(await browser.open(url), editor);
    assert.ok(back.url.href.startsWith(`${redirect}?`), back.url.href);
    const tokens = await client.authorizationCodeGrant(cli, back.url, checks);
    assert.equal(tokens.claims().aud, "annals-cli");
    await refusedWith("invalid_grant", client.refreshTokenGrant(config, tokens.refresh_token));
  }
});

test("somebody new signs up, confirms, and has a workspace of their own", async () => {
  const browser = new Browser();
  const { url, checks } = await request();
  const login = await browser.open(url);
  const signup = await browser.open(new URL(`/signup${login.url.search}`, login.url));
  const confirm = await browser.submit(signup, {
    name: "Nora New",
    email: "Nora@Example.org",
    password: "twelve characters",
  });
  assert.equal(confirm.url.pathname, "/confirmUser");
  const code = /id="local-code">(\d{6})</.exec(confirm.html)[1];
  const back = await browser.submit(confirm, { code });
  const tokens = await client.authorizationCodeGrant(config, back.url, checks);
  const claims = tokens.claims();
  assert.equal(claims["cognito:username"], claims.sub);
  assert.equal(claims["cognito:groups"], undefined);
  assert.equal(claims.email, "Nora@Example.org");
  // And again, from another browser, in other letters.
  const again = await signedIn(new Browser(), {
    username: "NORA@example.ORG",
    password: "twelve characters",
  });
  assert.equal(again.claims().sub, claims.sub);
});
