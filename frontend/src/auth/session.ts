// Signing in and out: OpenID Connect with code and PKCE. Tokens are held in memory only.

import { InMemoryWebStorage, type User, UserManager, WebStorageStateStore } from "oidc-client-ts";
import type { Access } from "../api/call";
import { type Config, loadConfig } from "../api/config";
import { forgetDrafts } from "../lib/drafts";
import { isFields } from "../lib/json";
import { keep, readKept } from "../lib/kept";
import { letGo } from "../lib/leaving";
import { createStore } from "../lib/store";

/** What the provider says of the person. */
export type Claims = { sub: string; email?: string; name?: string };

/** Where the session stands. */
export type Session =
  | { phase: "starting" }
  /** Nobody is signed in; `ended` when somebody was until now. */
  | { phase: "signed-out"; ended: boolean }
  | { phase: "failed"; error: unknown }
  | { phase: "signed-in"; claims: Claims };

/** The session, for screens to watch. */
export const session = createStore<Session>({ phase: "starting" });

/** That somebody signed in with this browser: after a reload the provider's session is asked first. */
const SIGNED_IN = "annals.signed-in";
/** When this tab was last sent to the provider without a click, in ms. */
const SENT_AT = "annals.sent-at";
/** Sent again within this time, something is wrong, and a person has to look. */
const SENT_AGAIN_MS = 15_000;
/** Where the provider sends people back to. */
const CALLBACK = "/signed-in";

let manager: UserManager | undefined;
let config: Config | undefined;
let user: User | undefined;
let renewing: Promise<boolean> | undefined;
/** When somebody last came back from the provider, in ms. */
let arrivedAt = 0;

/** What calls are made with. */
export const access: Access = {
  token: () => user?.access_token,
  renew: () => (renewing ??= renew().finally(() => (renewing = undefined))),
  ended: () => {
    user = undefined;
    if (session.get().phase !== "signed-in") return;
    // A token that is refused as soon as it was issued would be refused again.
    if (Date.now() - arrivedAt > SENT_AGAIN_MS && mayBeSent()) void signIn();
    else session.set({ phase: "signed-out", ended: true });
  },
};

/** Finds out who is there: comes back from the provider, or asks its session after a reload. */
export async function startSession(): Promise<void> {
  session.set({ phase: "starting" });
  try {
    config ??= await loadConfig();
    manager ??= userManager(config);
    if (location.pathname === CALLBACK) await comeBack(manager);
    else if (readKept("localStorage", SIGNED_IN) && mayBeSent()) await signIn();
    else session.set({ phase: "signed-out", ended: false });
  } catch (error) {
    session.set({ phase: "failed", error });
  }
}

/** Goes to the provider, and comes back to where we are. */
export async function signIn(): Promise<void> {
  try {
    const here = location.pathname + location.search;
    const returnTo = here.startsWith(CALLBACK) ? "/" : here;
    keep("sessionStorage", SENT_AT, String(Date.now()));
    letGo();
    await manager?.signinRedirect({ state: { returnTo } });
  } catch (error) {
    session.set({ phase: "failed", error });
  }
}

/** Ends the session here and at the provider. Cognito has no end-session endpoint but a page of its own. */
export async function signOut(): Promise<void> {
  if (!manager || !config) return;
  keep("localStorage", SIGNED_IN, undefined);
  forgetDrafts();
  letGo();
  try {
    if (user?.refresh_token) await manager.revokeTokens(["refresh_token"]);
  } catch {
    // The provider's own page ends the session as well.
  }
  await manager.removeUser();
  user = undefined;
  const query = new URLSearchParams({ client_id: config.client_id, logout_uri: `${location.origin}/` });
  location.assign(`${config.logout_url}?${query}`);
}

function userManager(found: Config): UserManager {
  const made = new UserManager({
    authority: found.authority,
    client_id: found.client_id,
    redirect_uri: location.origin + CALLBACK,
    scope: "openid email profile",
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
    automaticSilentRenew: true,
    revokeTokensOnSignout: false,
  });
  made.events.addUserLoaded((loaded) => {
    user = loaded;
  });
  return made;
}

async function comeBack(to: UserManager): Promise<void> {
  let returnTo = "/";
  try {
    const found = await to.signinRedirectCallback();
    if (isFields(found.state) && typeof found.state["returnTo"] === "string") returnTo = found.state["returnTo"];
    user = found;
  } catch (error) {
    history.replaceState(null, "", "/");
    // Somebody went back to, or reloaded, an address that was good once.
    if (error instanceof Error && error.message.includes("No matching state")) return startSession();
    keep("localStorage", SIGNED_IN, undefined);
    throw error;
  }
  arrivedAt = Date.now();
  keep("sessionStorage", SENT_AT, undefined);
  keep("localStorage", SIGNED_IN, "yes");
  history.replaceState(null, "", returnTo.startsWith("/") && !returnTo.startsWith("//") ? returnTo : "/");
  session.set({ phase: "signed-in", claims: claimsOf(user) });
}

async function renew(): Promise<boolean> {
  // Without a refresh token the library would ask in a hidden frame, which no provider allows here.
  if (!manager || !user?.refresh_token) return false;
  try {
    user = (await manager.signinSilent()) ?? undefined;
    return user !== undefined;
  } catch {
    return false;
  }
}

function mayBeSent(): boolean {
  const last = Number(readKept("sessionStorage", SENT_AT) ?? 0);
  return Date.now() - last > SENT_AGAIN_MS;
}

function claimsOf(found: User): Claims {
  const { sub, email, name } = found.profile;
  return { sub, ...(email ? { email } : {}), ...(name ? { name } : {}) };
}
