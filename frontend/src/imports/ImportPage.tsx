// Importing a CSV file: what it is, which column is which field, what becomes of it, how far it is.

import { useEffect, useRef, useState } from "react";
import { Forbidden } from "../api/Failure";
import { useRight } from "../api/client";
import type { TypeDescriptor } from "../api/generated";
import { holdUnsaved } from "../lib/leaving";
import { announce } from "../lib/live";
import { createStore, useStore } from "../lib/store";
import { texts } from "../lib/texts";
import { Breadcrumb } from "../records/Breadcrumb";
import { isAddable } from "../records/descriptor";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { Choosing } from "./Choosing";
import { Running } from "./Running";
import { type Examined, type Fault, Unfit, examine } from "./file";
import "./imports.css";
import { Import, type Order } from "./sending";
import { words } from "./words";

/** The import that runs, or has run last: it goes on while other pages are shown. */
const current = createStore<{ of: Import } | undefined>(undefined);

/** The page. */
export function ImportPage({ type }: { type: TypeDescriptor }) {
  const mayWrite = useRight("write");
  const label = texts.inSentence(type.plural_label);
  return (
    <Page title={words.title(label)} before={<Breadcrumb type={type} here={words.here} />}>
      {mayWrite === false || !isAddable(type) ? <Forbidden right="write" /> : <Importing type={type} />}
    </Page>
  );
}

function Importing({ type }: { type: TypeDescriptor }) {
  const now = useStore(current)?.of;
  const [again, setAgain] = useState(false);
  if (now && (now.order.type.plural === type.plural || now.state === "running")) {
    return <Running now={now} goOn={() => void run(now)} another={() => { setAgain(true); current.set(undefined); }} />;
  }
  return (
    <>
      <p className="page-lead">{words.lead} {words.twice}</p>
      <ChooseFile type={type} focused={again} begin={(order) => void run(new Import(order))} />
    </>
  );
}

async function run(what: Import): Promise<void> {
  const release = holdUnsaved();
  // A new object each time, so that it is drawn anew.
  await what.run(() => current.set({ of: what }));
  release();
  const { order, tally, state } = what;
  announce(`${state === "done" ? words.done(order.file.name) : words.stopped}. ${words.tally(tally, order.rows)}.`);
}

/** A file that was chosen, and what was found out about it. */
type Chosen = { file: File; share: number; examined?: Examined; fault?: Fault };

function ChooseFile({ type, focused, begin }: { type: TypeDescriptor; focused: boolean; begin: (order: Order) => void }) {
  const [chosen, setChosen] = useState<Chosen | undefined>(undefined);
  // Who chooses another file does not wait for the first.
  const asked = useRef(0);
  useEffect(() => () => { asked.current += 1; }, []);
  const look = async (file: File, delimiter: string | undefined) => {
    asked.current += 1;
    const mine = asked.current;
    const show = (what: Omit<Chosen, "file">) => { if (asked.current === mine) setChosen({ file, ...what }); };
    show({ share: 0 });
    try {
      const examined = await examine(file, delimiter, (share) => show({ share }));
      show({ share: 1, examined });
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      show({ share: 1, fault: error.fault });
    }
  };
  return (
    <>
      <div className="field import-file">
        <label htmlFor="import-file">{words.file}</label>
        <input
          id="import-file"
          type="file"
          autoFocus={focused}
          accept=".csv,.tsv,.txt,text/csv"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) void look(file, undefined);
          }}
        />
      </div>
      {chosen && !chosen.examined && !chosen.fault && <p><progress value={chosen.share} aria-label={words.examining} /> {words.examining}</p>}
      {chosen?.fault && <Notice tone="alarm" title={words.unfit}><p>{told(chosen.fault)}</p></Notice>}
      {chosen?.examined && (
        <Choosing
          key={`${chosen.examined.digest} ${chosen.examined.delimiter}`}
          type={type}
          file={chosen.file}
          examined={chosen.examined}
          separate={(delimiter) => void look(chosen.file, delimiter)}
          begin={begin}
        />
      )}
    </>
  );
}

function told(fault: Fault): string {
  switch (fault.kind) {
    case "not-utf-8":
      return words.faults.notUtf8(fault.line, fault.byte);
    case "unclosed":
      return words.faults.unclosed(fault.line);
    case "too-large":
      return words.faults.tooLarge(fault.line);
    case "utf-16":
      return words.faults.utf16;
    default:
      return words.faults[fault.kind];
  }
}
