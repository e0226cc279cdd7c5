// Our own sign-in page: one button and plain words. Forms for passwords are the provider's.

import { useEffect } from "react";
import { Failure } from "../api/Failure";
import { config } from "../api/config";
import { texts } from "../lib/texts";
import { Notice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { type Session, signIn, startSession } from "./session";

/** What is shown as long as nobody is signed in. */
export function SignInPage({ session }: { session: Session }) {
  useEffect(() => {
    document.title = texts.product;
  }, []);
  return (
    <main id="content" className="sign-in">
      <img src="/favicon.svg" alt="" width="56" height="56" />
      <h1>{texts.signIn.title}</h1>
      <Content session={session} />
    </main>
  );
}

function Content({ session }: { session: Session }) {
  if (session.phase === "starting" || session.phase === "signed-in") return <><p className="muted">{texts.signIn.under}</p><Skeleton lines={2} /></>;
  if (session.phase === "failed") return <Failure error={session.error} title={texts.signIn.failed} retry={() => void startSession()} />;
  return (
    <>
      <p>{texts.signIn.lead}</p>
      {session.ended && <Notice tone="warning"><p>{texts.signIn.ended}</p></Notice>}
      <p><button type="button" className="primary large" onClick={() => void signIn()}>{texts.signIn.button}</button></p>
      <p className="muted">{texts.signIn.plain}</p>
      {config()?.demo && <p className="muted">{texts.signIn.demo}</p>}
    </>
  );
}
