// What no page may ever do, whatever else a test is about.

import type { BrowserContext, ConsoleMessage, Page } from "playwright-core";

/** Watches all pages of a context and collects what they do wrong. */
export class Guard {
  readonly faults: string[] = [];
  readonly #expected = new Set<number>();
  #over = false;

  /** `origin` is the only one that pages may speak to. */
  static async over(context: BrowserContext, origin: string): Promise<Guard> {
    const guard = new Guard();
    // The browser tells a violation to the page; the page tells it to us.
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (violation) => {
        console.error(`policy violated: ${violation.violatedDirective} ${violation.blockedURI} ${violation.sample}`);
      });
    });
    context.on("page", (page) => guard.#watch(page, origin));
    return guard;
  }

  /** The browser notes each failed request as an error; those with these statuses are what the test wants. */
  expect(...statuses: number[]): void {
    for (const status of statuses) this.#expected.add(status);
  }

  /** The test is over: what pages ask for from now on, while what was played for them is taken away, is nobody's fault. */
  end(): void {
    this.#over = true;
  }

  #fault(text: string): void {
    if (!this.#over) this.faults.push(text);
  }

  #watch(page: Page, origin: string): void {
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()) && !this.#isExpected(message)) this.#fault(`console: ${message.text()} ${message.location().url}`);
    });
    // Errors that nobody caught, and rejections that nobody handled.
    page.on("pageerror", (error) => this.#fault(`uncaught: ${error.stack ?? error.message}`));
    page.on("crash", () => this.#fault("the page crashed"));
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.origin !== origin && url.protocol !== "data:") this.#fault(`a request to ${url.href}`);
    });
  }

  #isExpected(message: ConsoleMessage): boolean {
    const status = /^Failed to load resource: the server responded with a status of (\d+)/.exec(message.text())?.[1];
    if (status !== undefined) return this.#expected.has(Number(status));
    // 0: no answer at all.
    return message.text().startsWith("Failed to load resource: net::") && this.#expected.has(0);
  }
}
