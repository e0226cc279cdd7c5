// Looking at a record as it was: a slider over its versions, a field for an instant, and what is shown then.

import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { Link } from "wouter";
import { CopyCall } from "../api/CopyCall";
import { fieldTime, instantOf, localTime, preciseTime, timeZone } from "../lib/format";
import { texts } from "../lib/texts";
import { Notice } from "../ui/Notice";
import { At } from "../ui/Time";
import { recordPath } from "./Names";
import type { Rec } from "./descriptor";
import { type Moment, validityOf } from "./past";

/** How long the slider rests before a version is read, in ms: while it is moved none has to be. */
const REST_MS = 150;

/** The slider and the field. `version` is the one that is shown, if any is. */
export function TimeTravel({ newest, version, moment, go }: {
  newest: number;
  version: number | undefined;
  moment: Moment | undefined;
  go: (moment: Moment | undefined) => void;
}) {
  return (
    <section className="time-travel" aria-label={texts.past.title}>
      <Slider newest={newest} version={version ?? newest} go={go} />
      <Instant key={moment?.at ?? ""} at={moment?.at} go={go} />
    </section>
  );
}

function Slider({ newest, version, go }: { newest: number; version: number; go: (moment: Moment | undefined) => void }) {
  const name = useId();
  // Where it is held, until it rests there and the address says so.
  const [held, setHeld] = useState<number | undefined>(undefined);
  const value = Math.min(held ?? version, newest);
  useEffect(() => {
    if (held === undefined) return undefined;
    const timer = setTimeout(() => {
      setHeld(undefined);
      go(held >= newest ? undefined : { version: String(held) });
    }, REST_MS);
    return () => clearTimeout(timer);
    // `go` is made anew at each drawing, and always does the same.
  }, [held, newest]);
  const step = (by: number) => setHeld(Math.max(1, Math.min(newest, value + by)));
  return (
    <div className="slider">
      <label htmlFor={name}>{texts.past.version}</label>
      <button type="button" aria-label={texts.past.back} aria-disabled={value <= 1} onClick={() => step(-1)}>‹</button>
      <input
        id={name}
        type="range"
        min={1}
        max={newest}
        value={value}
        aria-valuetext={texts.past.of(value, newest)}
        onChange={(event) => setHeld(Number(event.target.value))}
      />
      <button type="button" aria-label={texts.past.on} aria-disabled={value >= newest} onClick={() => step(1)}>›</button>
      <output htmlFor={name} aria-hidden="true">{texts.past.of(value, newest)}</output>
    </div>
  );
}

/** A field for an instant, in the reader's zone. */
function Instant({ at, go }: { at: string | undefined; go: (moment: Moment | undefined) => void }) {
  const name = useId();
  const [error, setError] = useState<string | undefined>(undefined);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const instant = instantOf(String(new FormData(event.currentTarget).get("at") ?? ""));
    const wrong = instant === undefined ? texts.past.noInstant : Date.parse(instant) > Date.now() ? texts.past.future : undefined;
    setError(wrong);
    if (instant !== undefined && wrong === undefined) go({ at: instant });
  };
  return (
    <form className="instant" noValidate onSubmit={submit}>
      <label htmlFor={name} title={texts.shell.timeZone(timeZone)}>{texts.past.at}</label>
      <input
        id={name}
        type="datetime-local"
        name="at"
        step={1}
        defaultValue={at === undefined ? "" : fieldTime(at)}
        aria-invalid={error !== undefined}
        aria-describedby={`${name}-about`}
      />
      <button type="submit">{texts.past.show}</button>
      <p id={`${name}-about`} className="field-error">{error}</p>
    </form>
  );
}

/** Says that not now is shown, but what was, since when and until when; with the way back. */
export function AsOf({ plural, record, newest, moment, back, restore }: {
  plural: string;
  record: Rec;
  newest: number;
  moment: Moment;
  back: () => void;
  /** Offered to those who may. */
  restore: (() => void) | undefined;
}) {
  const { from, to, provisional } = validityOf(record);
  const title = moment.at === undefined ? texts.past.asOf(record.version) : texts.past.asAt(preciseTime(moment.at), record.version);
  const banner = useRef<HTMLElement>(null);
  useEffect(() => {
    // Whoever came by a link far below is led here, where it says what is shown now; the slider keeps the focus.
    if (!document.activeElement?.closest(".time-travel")) banner.current?.focus();
  }, []);
  return (
    <section ref={banner} className="as-of" tabIndex={-1} aria-label={texts.past.looking}>
      <Notice tone="info" title={title}>
        <p>
          {from && <>{texts.past.from} <At at={from} /> </>}
          {to ? <>{texts.past.to} <At at={to} />.</> : texts.past.still}
          {provisional && ` ${texts.past.provisional}`}
        </p>
        <p className="as-of-ways">
          <button type="button" className="primary" onClick={back}>{texts.past.now}</button>
          {restore && <button type="button" onClick={restore}>{texts.past.restore}</button>}
          {record.version < newest && (
            <Link href={`${recordPath(plural, record.id)}/compare?from=${record.version}`}>{texts.timeline.compare}</Link>
          )}
        </p>
        <details className="technical">
          <summary>{texts.call.label}</summary>
          <CopyCall reading={{ path: [plural, record.id], query: moment }} />
        </details>
      </Notice>
    </section>
  );
}

/** Says that there is nothing at the moment that was asked for, and why. */
export function NotThen({ moment, detail, back }: { moment: Moment; detail: string | undefined; back: () => void }) {
  const title = moment.at === undefined ? texts.past.noVersion(moment.version) : texts.past.notYet(localTime(moment.at));
  return (
    <Notice tone="warning" title={title}>
      {detail && <p>{detail}</p>}
      <p><button type="button" className="primary" onClick={back}>{texts.past.now}</button></p>
    </Notice>
  );
}
