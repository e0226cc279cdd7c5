// A box that says something about the page, calm or alarming.

import type { ReactNode } from "react";

/** How much it matters: alarms are read out at once. */
export type Tone = "info" | "warning" | "alarm";

/** A notice. */
export function Notice({ tone, title, children }: { tone: Tone; title?: string | undefined; children?: ReactNode }) {
  return (
    <div className={`notice ${tone}`} role={tone === "info" ? undefined : "alert"}>
      {title && <p className="notice-title">{title}</p>}
      {children}
    </div>
  );
}
