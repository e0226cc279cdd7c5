// Sample data: what a small office might keep, in two languages. Added through commands, like anything else.

import { newKey } from "../api/call";
import type { TypeDescriptor } from "../api/generated";
import { send } from "../api/send";
import type { Fields } from "../lib/json";
import { texts } from "../lib/texts";
import { took } from "./data";
import type { Rec } from "./descriptor";

/** Days from today at which a to-do is due, and which customer it is about. */
type Todo = { title: string; notes?: string; days?: number; customer?: number; done?: boolean };

const CUSTOMERS: readonly Fields[] = [
  { name: "Harbour Lights Bakery", email: "orders@harbourlights.example", phone: "+44 20 7946 0101", company: "Harbour Lights Ltd", address: { line1: "12 Quayside", postal_code: "BS1 4QA", city: "Bristol", country: "United Kingdom" }, tags: ["wholesale", "weekly"], notes: "Delivery before 5 a.m., back door.\nInvoices by e-mail only." },
  { name: "Lily Ari", email: "lily.ari@example.org", phone: "+43 1 5550100", address: { line1: "Neubaugasse 7/12", postal_code: "1070", city: "Wien", country: "Österreich" }, tags: ["newsletter"] },
  { name: "Bäckerei Sonnleitner", email: "office@sonnleitner.example", phone: "+43 662 555 020", company: "Sonnleitner & Töchter OG", address: { line1: "Linzer Gasse 41", postal_code: "5020", city: "Salzburg", country: "Österreich" }, tags: ["großhandel"], notes: "Ansprechpartnerin ist Frau Sonnleitner junior.\nUrlaub: erste Augusthälfte." },
  { name: "Noor Haddad", email: "noor.haddad@example.net", phone: "+44 131 496 0142", address: { city: "Edinburgh", country: "United Kingdom" }, tags: ["referral"] },
  { name: "Fahrradwerkstatt Kettenreaktion", email: "werkstatt@kettenreaktion.example", phone: "+49 30 5550 177", company: "Kettenreaktion eG", address: { line1: "Oranienstraße 183", postal_code: "10999", city: "Berlin", country: "Deutschland" }, tags: ["genossenschaft", "weekly"] },
  { name: "Tomás O’Rourke", email: "tomas@orourke.example", phone: "+353 1 555 0190", company: "O’Rourke Surveyors", address: { line1: "3 Merrion Row", city: "Dublin", country: "Ireland" }, tags: ["survey"] },
  { name: "Museum am Fluss", email: "einkauf@museum-am-fluss.example", phone: "+49 69 5550 160", address: { line1: "Schaumainkai 9", postal_code: "60594", city: "Frankfurt am Main", country: "Deutschland" }, tags: ["öffentlich"], notes: "Rechnungen nur mit Bestellnummer." },
  { name: "Green Lane Primary School", email: "bursar@greenlane.example", phone: "+44 161 496 0118", address: { line1: "Green Lane", postal_code: "M14 5XX", city: "Manchester", country: "United Kingdom" }, tags: ["education", "newsletter"] },
];

const TODOS: readonly Todo[] = [
  { title: "Call Harbour Lights about the summer order", days: 1, customer: 0, notes: "They asked for twice the rye." },
  { title: "Send Lily the new price list", days: 2, customer: 1 },
  { title: "Write the offer for Bäckerei Sonnleitner", days: 3, customer: 2, notes: "Graduated prices from 200 pieces on." },
  { title: "Thank Noor for the referral", days: -1, customer: 3 },
  { title: "Agree on a day of delivery with the Fahrradwerkstatt", days: 5, customer: 4 },
  { title: "Check the survey of the new warehouse", days: 9, customer: 5 },
  { title: "Ask the museum for their order number", days: 0, customer: 6 },
  { title: "Book the stand for the spring fair", days: 30 },
  { title: "Renew the insurance", days: 14, notes: "Compare at least two offers." },
  { title: "Tidy up the delivery notes", done: true },
];

/** How many there will be. */
export const SAMPLE = { customers: CUSTOMERS.length, todos: TODOS.length };

/** Adding the sample data, so far. Every request has its own key, so that going on adds nothing twice. */
export type Sampling = { flow: string; done: number; customers: (string | undefined)[] };

/** Nothing was added yet; `flow` is what all of it belongs to. */
export function newSampling(): Sampling {
  return { flow: newKey(), done: 0, customers: [] };
}

/** Whether this deployment has the types of the sample data. */
export function takesSampleData(types: readonly TypeDescriptor[]): boolean {
  return ["customers", "todos"].every((plural) => types.some((type) => type.plural === plural));
}

/** Adds what is missing, one command after the other. */
export async function addSampleData(types: readonly TypeDescriptor[], sampling: Sampling, progress: () => void): Promise<void> {
  const steps = [...CUSTOMERS.map((customer, index) => customerStep(customer, index)), ...TODOS.map(todoStep)];
  for (const [index, step] of steps.entries()) {
    if (index < sampling.done) continue;
    await step(types, sampling, index);
    sampling.done = index + 1;
    progress();
  }
}

type Step = (types: readonly TypeDescriptor[], sampling: Sampling, index: number) => Promise<void>;

function customerStep(customer: Fields, place: number): Step {
  return async (types, sampling, index) => {
    const record = await add(types, "customers", customer, sampling, `${index}`);
    sampling.customers[place] = record.id;
  };
}

function todoStep({ title, notes, days, customer, done }: Todo): Step {
  return async (types, sampling, index) => {
    const customer_id = customer === undefined ? undefined : sampling.customers[customer];
    const due_on = days === undefined ? undefined : dayFromToday(days);
    const body = { title, ...(notes ? { notes } : {}), ...(due_on ? { due_on } : {}), ...(customer_id ? { customer_id } : {}) };
    const record = await add(types, "todos", body, sampling, `${index}`);
    if (!done) return;
    const path = { plural: "todos", id: record.id, action: "complete" };
    const headers = { "Idempotency-Key": `${sampling.flow}-${index}-done`, "X-Correlation-Id": sampling.flow };
    show(types, "todos", await send("act_on_record", { path, headers, body: {} }));
  };
}

async function add(types: readonly TypeDescriptor[], plural: string, fields: Fields, sampling: Sampling, step: string): Promise<Rec> {
  const headers = { "Idempotency-Key": `${sampling.flow}-${step}`, "X-Correlation-Id": sampling.flow };
  const record: Rec = await send("create_record", { path: { plural }, headers, body: { ...fields, reason: texts.sample.reason } });
  show(types, plural, record);
  return record;
}

function show(types: readonly TypeDescriptor[], plural: string, record: Rec): void {
  const type = types.find((candidate) => candidate.plural === plural);
  if (type) took(type, record);
}

/** The day so many days from today, where the reader is: `2026-11-24`. */
function dayFromToday(days: number): string {
  const now = new Date();
  const day = new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate() + days));
  return day.toISOString().slice(0, 10);
}
