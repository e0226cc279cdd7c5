// Offers sample data to an empty workspace, and shows how far it is.

import { useQuery } from "@tanstack/react-query";
import { Failure } from "../api/Failure";
import { client, typesQuery } from "../api/client";
import type { TypeDescriptor } from "../api/generated";
import { announce } from "../lib/live";
import { createStore, useStore } from "../lib/store";
import { texts } from "../lib/texts";
import { Notice } from "../ui/Notice";
import { SAMPLE, type Sampling, addSampleData, newSampling, takesSampleData } from "./sample-data";

/** How far it is. It is outside of the list, which is no longer empty once the first record is there. */
type Progress = { sampling: Sampling; done: number; failure?: unknown };
const progress = createStore<Progress | undefined>(undefined);

const ALL = SAMPLE.customers + SAMPLE.todos;

/** The offer. */
export function SampleOffer() {
  const types = useQuery(typesQuery).data ?? [];
  const running = useStore(progress) !== undefined;
  if (running || !takesSampleData(types)) return null;
  return (
    <section className="sample" aria-labelledby="sample">
      <h3 id="sample">{texts.sample.title}</h3>
      <p>{texts.sample.lead(SAMPLE.customers, SAMPLE.todos)}</p>
      <button type="button" onClick={() => void run(types, newSampling())}>{texts.sample.button}</button>
    </section>
  );
}

/** How far it is, while it runs or where it stopped. */
export function SampleProgress() {
  const types = useQuery(typesQuery).data ?? [];
  const now = useStore(progress);
  if (!now) return null;
  const { done, failure, sampling } = now;
  if (failure !== undefined) {
    return <Failure error={failure} right="write" title={texts.sample.stopped(done, ALL)} retry={() => void run(types, sampling)} />;
  }
  return (
    <Notice tone="info">
      <p><progress max={ALL} value={done} aria-label={texts.sample.button} /> {texts.sample.progress(done, ALL)}</p>
    </Notice>
  );
}

async function run(types: readonly TypeDescriptor[], sampling: Sampling): Promise<void> {
  const show = () => progress.set({ sampling, done: sampling.done });
  show();
  try {
    await addSampleData(types, sampling, show);
    progress.set(undefined);
    announce(texts.sample.done);
  } catch (failure) {
    progress.set({ sampling, done: sampling.done, failure });
  } finally {
    void client.invalidateQueries({ queryKey: ["list"] });
  }
}
