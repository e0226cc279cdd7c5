// Catches what goes wrong while drawing, so that a fault of ours is no white page.

import { Component, type ReactNode } from "react";
import { texts } from "../lib/texts";
import { Notice } from "../ui/Notice";

/** Draws what is within, or says that it cannot. */
export class Trouble extends Component<{ children: ReactNode }, { error: Error | undefined }> {
  override state: { error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <main className="sign-in">
        <Notice tone="alarm" title={texts.failure.unexpected}>
          <p>{error.message}</p>
          <p><button type="button" onClick={() => location.assign("/")}>{texts.failure.toStart}</button></p>
        </Notice>
      </main>
    );
  }
}
