// As much of a browser as signing in needs: cookies, one form at a time, redirects that can be looked at.

/** A page's or redirect's answer. */
export class Browser {
  #cookies = new Map();

  async #ask(url, options = {}) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url, {
      ...options,
      headers: { ...options.headers, ...(cookie ? { cookie } : {}) },
      redirect: "manual",
    });
    for (const line of answer.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split("=");
      if (/max-age=0/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }

  /** Follows redirects as long as they stay where `stays` says; answers the last page or redirect. */
  async #follow(url, stays, options) {
    let answer = await this.#ask(url, options);
    let at = url;
    while (answer.headers.has("location")) {
      const next = new URL(answer.headers.get("location"), at);
      if (!stays(next)) return { url: next, status: answer.status, html: "" };
      at = next;
      answer = await this.#ask(at);
    }
    return { url: new URL(at), status: answer.status, html: await answer.text() };
  }

  /** Opens an address; stops at a redirect that leads away from the provider's own pages. */
  open(url) {
    return this.#follow(new URL(url), isOfTheProvider);
  }

  /** Fills in and sends the first form of a page. */
  submit(page, fields) {
    const action = /<form method="post" action="([^"]*)"/.exec(page.html)[1].replaceAll("&amp;", "&");
    const token = /name="form" value="([^"]*)"/.exec(page.html)[1];
    return this.#follow(new URL(action, page.url), isOfTheProvider, {
      method: "POST",
      body: new URLSearchParams({ form: token, ...fields }),
    });
  }
}

function isOfTheProvider(url) {
  return ["/oauth2/", "/login", "/signup", "/confirmUser", "/changePassword", "/logout"].some(
    (path) => url.pathname.startsWith(path),
  );
}
