// How the frontend is built, and served while it is worked on.

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `npm run dev` passes what is not ours on to a running `annals-local` (BACKEND= names another one).
// Vite's own client needs inline styles, so the strict content security policy holds for the build only.
const backend = process.env["BACKEND"] ?? "http://localhost:8080";
const passedOn = ["/api", "/oauth2", "/login", "/logout", "/signup", "/confirmUser", "/.well-known", "/local", "/config.json"];

export default defineConfig({
  plugins: [react()],
  build: {
    // No inline script and no data: URL, which the content security policy forbids.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    sourcemap: true,
    // Which parts a first visit loads is read from it (scripts/check-budget.mjs).
    manifest: true,
    target: "es2023",
  },
  server: { proxy: Object.fromEntries(passedOn.map((path) => [path, backend])) },
});
