// Starts the application: theme, session, and the tree of screens.

import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { provideAccess } from "./api/call";
import { client } from "./api/client";
import { access, startSession } from "./auth/session";
import { guardTab } from "./lib/leaving";
import { startTheme } from "./lib/theme";
import { App } from "./routes/App";
import { Trouble } from "./routes/Trouble";
import "./styles.css";

startTheme();
guardTab();
provideAccess(access);
void startSession();

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Trouble>
        <QueryClientProvider client={client}>
          <App />
        </QueryClientProvider>
      </Trouble>
    </StrictMode>,
  );
}
