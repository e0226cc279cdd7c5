//! The pages that people see when they sign in.
//!
//! The markup stands in files of its own; what is not ours gets into it only as [`Fill::Text`], which
//! is escaped.

use super::directory::Account;
use super::mail::Mail;

const PAGE: &str = include_str!("page.html");
const LOGIN: &str = include_str!("login.html");
const DEMO: &str = include_str!("demo.html");
const DEMO_PERSON: &str = include_str!("demo_person.html");
const SIGNUP: &str = include_str!("signup.html");
const CONFIRM: &str = include_str!("confirm.html");
const LOCAL_CODE: &str = include_str!("local_code.html");
const CHOOSE: &str = include_str!("choose.html");
const SIGNED_OUT: &str = include_str!("signed_out.html");
const REFUSED: &str = include_str!("refused.html");
const MAIL: &str = include_str!("mail.html");
const MESSAGE: &str = include_str!("message.html");
/// How they look.
pub(super) const CSS: &str = include_str!("identity.css");

/// Markup in which nothing of others can be but escaped. It is made from our own files only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Html(String);

/// What stands in a place of the markup.
#[derive(Debug)]
enum Fill<'a> {
    /// Any text, of anybody's.
    Text(&'a str),
    /// Markup that was made here.
    Markup(Html),
}

/// What a form carries along: the request that it belongs to, and whose form it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form<'a> {
    /// The authorization request, as a query.
    pub(super) query: &'a str,
    /// The form token of this browser.
    pub(super) token: &'a str,
}

/// A field and what is wrong with it.
pub(super) type Faults = [(&'static str, &'static str)];

/// What a page says before anything else.
#[derive(Debug, Clone, Copy)]
pub(super) enum Notice<'a> {
    /// Something did not work.
    Alert(&'a str),
    /// Something did.
    Done(&'a str),
}

impl Html {
    pub(super) fn into_text(self) -> String {
        self.0
    }

    /// Puts values into the places `{{name}}` of our own markup. A place without a value stays empty.
    fn of(markup: &'static str, values: &[(&str, Fill<'_>)]) -> Self {
        let mut parts = markup.split("{{");
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once("}}").unwrap_or((part, ""));
            match values.iter().find(|(value, _)| *value == name) {
                Some((_, Fill::Text(text))) => escape(text, &mut filled),
                Some((_, Fill::Markup(markup))) => filled.push_str(&markup.0),
                None => {}
            }
            filled.push_str(rest);
        }
        Self(filled)
    }

    fn joined(parts: impl Iterator<Item = Self>) -> Self {
        Self(parts.map(|part| part.0).collect())
    }
}

/// Writes a text so that it is nothing but text, in an element as in a quoted attribute.
fn escape(text: &str, into: &mut String) {
    for character in text.chars() {
        match character {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            '\'' => into.push_str("&#39;"),
            other => into.push(other),
        }
    }
}

fn page(title: &str, notice: Option<Notice<'_>>, body: Html) -> Html {
    let notice = match notice {
        None => Html::default(),
        Some(Notice::Alert(text)) => {
            let markup = "<p class=\"alert\" role=\"alert\">{{text}}</p>";
            Html::of(markup, &[("text", Fill::Text(text))])
        }
        Some(Notice::Done(text)) => {
            let markup = "<p class=\"note\" role=\"status\">{{text}}</p>";
            Html::of(markup, &[("text", Fill::Text(text))])
        }
    };
    let values = [
        ("title", Fill::Text(title)),
        ("notice", Fill::Markup(notice)),
        ("body", Fill::Markup(body)),
    ];
    Html::of(PAGE, &values)
}

/// Where one signs in; the demo people only where there are any.
pub(super) fn login(form: Form<'_>, username: &str, alert: Option<&str>, demo: &[Account]) -> Html {
    let body = Html::of(
        LOGIN,
        &[
            ("query", Fill::Text(form.query)),
            ("form", Fill::Text(form.token)),
            ("username", Fill::Text(username)),
            ("demo", Fill::Markup(demo_people(form, demo))),
        ],
    );
    page("Sign in", alert.map(Notice::Alert), body)
}

fn demo_people(form: Form<'_>, people: &[Account]) -> Html {
    if people.is_empty() {
        return Html::default();
    }
    let people = people.iter().map(|person| {
        let name = person.name.as_deref().unwrap_or(&person.username);
        let values = [
            ("username", Fill::Text(&person.username)),
            ("name", Fill::Text(name)),
            ("groups", Fill::Text(&in_words(person))),
        ];
        Html::of(DEMO_PERSON, &values)
    });
    let values = [
        ("query", Fill::Text(form.query)),
        ("form", Fill::Text(form.token)),
        ("people", Fill::Markup(Html::joined(people))),
    ];
    Html::of(DEMO, &values)
}

/// Somebody's groups: `editors of demo`.
fn in_words(person: &Account) -> String {
    let (tenants, rights): (Vec<&str>, Vec<&str>) =
        person.groups.iter().map(String::as_str).partition(|group| group.starts_with("tenant-"));
    let tenants: Vec<&str> =
        tenants.iter().filter_map(|group| group.strip_prefix("tenant-")).collect();
    match (rights.is_empty(), tenants.is_empty()) {
        (_, true) => "own workspace".to_owned(),
        (true, false) => format!("no rights in {}", tenants.join(", ")),
        (false, false) => format!("{} of {}", rights.join(", "), tenants.join(", ")),
    }
}

/// Where one makes an account.
pub(super) fn signup(form: Form<'_>, name: &str, email: &str, faults: &Faults) -> Html {
    let body = Html::of(
        SIGNUP,
        &[
            ("query", Fill::Text(form.query)),
            ("form", Fill::Text(form.token)),
            ("name", Fill::Text(name)),
            ("email", Fill::Text(email)),
            ("name_fault", marked(faults, "name")),
            ("name_message", said(faults, "name")),
            ("email_fault", marked(faults, "email")),
            ("email_message", said(faults, "email")),
            ("password_fault", marked_only(faults, "password")),
            ("password_described", described(faults, "password")),
            ("password_message", said(faults, "password")),
        ],
    );
    page("Create an account", summary(faults).map(Notice::Alert), body)
}

/// Where one tells the code that was sent.
pub(super) fn confirm(
    form: Form<'_>,
    email: &str,
    notice: Option<Notice<'_>>,
    code: Option<&str>,
) -> Html {
    let local =
        code.map_or_else(Html::default, |code| Html::of(LOCAL_CODE, &[("code", Fill::Text(code))]));
    let body = Html::of(
        CONFIRM,
        &[
            ("query", Fill::Text(form.query)),
            ("form", Fill::Text(form.token)),
            ("email", Fill::Text(email)),
            ("local", Fill::Markup(local)),
        ],
    );
    page("Confirm your e-mail address", notice, body)
}

/// Where somebody invited chooses a password.
pub(super) fn choose(form: Form<'_>, email: &str, faults: &Faults) -> Html {
    let body = Html::of(
        CHOOSE,
        &[
            ("query", Fill::Text(form.query)),
            ("form", Fill::Text(form.token)),
            ("email", Fill::Text(email)),
            ("password_fault", marked_only(faults, "password")),
            ("password_described", described(faults, "password")),
            ("password_message", said(faults, "password")),
        ],
    );
    page("Choose your password", summary(faults).map(Notice::Alert), body)
}

/// What one sees after signing out when no client takes over.
pub(super) fn signed_out(home: &str, alert: Option<&str>) -> Html {
    page(
        "You are signed out",
        alert.map(Notice::Alert),
        Html::of(SIGNED_OUT, &[("home", Fill::Text(home))]),
    )
}

/// What one sees when a request cannot be answered and its sender cannot be trusted with an error.
pub(super) fn refused(title: &str, what: &str, home: &str) -> Html {
    let values = [("what", Fill::Text(what)), ("home", Fill::Text(home))];
    page(title, None, Html::of(REFUSED, &values))
}

/// What would have been e-mailed, newest first.
pub(super) fn mail(messages: &[Mail]) -> Html {
    let shown = messages.iter().rev().map(|mail| {
        let at = mail.at.to_string();
        // To the minute; the element's `datetime` has it exactly.
        let minute = at.get(..16).unwrap_or_default().replace('T', " ") + " UTC";
        let values = [
            ("subject", Fill::Text(&mail.subject)),
            ("to", Fill::Text(&mail.to)),
            ("at", Fill::Text(&at)),
            ("minute", Fill::Text(&minute)),
            ("text", Fill::Text(&mail.text)),
        ];
        Html::of(MESSAGE, &values)
    });
    let shown = Html::joined(shown);
    let none = || Html::of("<p>There is none.</p>", &[]);
    let messages = if messages.is_empty() { none() } else { shown };
    page("Mail", None, Html::of(MAIL, &[("messages", Fill::Markup(messages))]))
}

fn summary(faults: &Faults) -> Option<&'static str> {
    match faults {
        [] => None,
        [_] => Some("Something has to be mended."),
        [_, _, ..] => Some("Some things have to be mended."),
    }
}

fn fault_of(faults: &Faults, field: &str) -> Option<&'static str> {
    faults.iter().find(|(of, _)| *of == field).map(|(_, fault)| *fault)
}

/// Marks a field as wrong, and says where it is told why.
fn marked(faults: &Faults, field: &'static str) -> Fill<'static> {
    Fill::Markup(fault_of(faults, field).map_or_else(Html::default, |_| {
        let markup = " aria-invalid=\"true\" aria-describedby=\"{{field}}-fault\"";
        Html::of(markup, &[("field", Fill::Text(field))])
    }))
}

/// Marks a field that is described by something else already.
fn marked_only(faults: &Faults, field: &str) -> Fill<'static> {
    let wrong = fault_of(faults, field).is_some();
    Fill::Markup(if wrong { Html::of(" aria-invalid=\"true\"", &[]) } else { Html::default() })
}

/// What describes such a field beside what does already.
fn described(faults: &Faults, field: &'static str) -> Fill<'static> {
    Fill::Markup(fault_of(faults, field).map_or_else(Html::default, |_| {
        Html::of(" {{field}}-fault", &[("field", Fill::Text(field))])
    }))
}

/// What is wrong with a field, beside it.
fn said(faults: &Faults, field: &'static str) -> Fill<'static> {
    Fill::Markup(fault_of(faults, field).map_or_else(Html::default, |fault| {
        let values = [("field", Fill::Text(field)), ("fault", Fill::Text(fault))];
        Html::of("<p class=\"fault\" id=\"{{field}}-fault\">{{fault}}</p>", &values)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: &str = "\"><script>alert('1')</script>&{{title}}";

    #[test]
    fn nothing_that_others_say_becomes_markup_on_any_page() {
        let form = Form { query: NASTY, token: NASTY };
        let at = vocabulary::Instant::from_millis(0);
        let text = || NASTY.to_owned();
        let message = Mail { at, to: text(), subject: text(), text: text(), secret: text() };
        let faults = [("name", "Wrong."), ("email", "Wrong."), ("password", "Wrong.")];
        for page in [
            login(form, NASTY, Some(NASTY), &[]),
            signup(form, NASTY, NASTY, &faults),
            confirm(form, NASTY, Some(Notice::Done(NASTY)), Some(NASTY)),
            choose(form, NASTY, &faults),
            signed_out(NASTY, Some(NASTY)),
            refused(NASTY, NASTY, NASTY),
            mail(&[message]),
        ] {
            let page = page.into_text();
            assert!(page.contains("&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)"), "{page}");
            assert!(!page.contains("<script") && !page.contains("\"\""), "{page}");
        }
    }

    #[test]
    fn every_place_of_every_page_is_filled() {
        let known = [
            "title",
            "notice",
            "body",
            "query",
            "form",
            "username",
            "demo",
            "people",
            "name",
            "groups",
            "name_fault",
            "name_message",
            "email",
            "email_fault",
            "email_message",
            "password_fault",
            "password_described",
            "password_message",
            "local",
            "code",
            "home",
            "what",
            "messages",
            "subject",
            "to",
            "at",
            "minute",
            "text",
        ];
        for markup in [
            PAGE,
            LOGIN,
            DEMO,
            DEMO_PERSON,
            SIGNUP,
            CONFIRM,
            LOCAL_CODE,
            CHOOSE,
            SIGNED_OUT,
            REFUSED,
            MAIL,
            MESSAGE,
        ] {
            for place in markup.split("{{").skip(1) {
                let name = place.split("}}").next().unwrap();
                assert!(known.contains(&name), "{name}");
            }
            assert!(!markup.contains("style=") && !markup.contains("<script"), "{markup}");
        }
    }
}
