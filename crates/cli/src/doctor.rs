//! `annals doctor`: is everything in order, and what is to be done where it is not?

mod desk;

use crate::api::{Api, Call};
use crate::error::Failure;
use crate::output::{Output, data, plain, shown};
use crate::session::{Kept, Session, claims, now_seconds};
use console::Style;
use serde_json::{Value, json};
use std::path::Path;

/// A token is refused by a server whose clock differs more than this.
const SKEW_FAILS_SECONDS: i64 = 300;
const SKEW_WARNS_SECONDS: i64 = 30;

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Ok,
    Warn,
    Fail,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One check.
#[derive(Debug)]
struct Check {
    what: &'static str,
    outcome: Outcome,
    found: String,
    /// What to do, where it is not ok.
    todo: Option<String>,
}

fn check(what: &'static str, outcome: Outcome, found: impl Into<String>) -> Check {
    Check { what, outcome, found: found.into(), todo: None }
}

impl Check {
    fn do_this(mut self, todo: impl Into<String>) -> Self {
        self.todo = Some(todo.into());
        self
    }
}

/// `annals doctor`. What depends on a check that failed is not checked.
pub(crate) fn doctor(api: &Api, folder: &Path, output: Output) -> Result<(), Failure> {
    let mut checks = vec![settings(folder, api)];
    if reachable(api, &mut checks) {
        checks.push(sign_in(api));
        if let Some(found) = token(api, &mut checks) {
            checks.extend(found);
        }
    }
    written(&checks, output)?;
    match checks.iter().filter(|check| check.outcome == Outcome::Fail).count() {
        0 => Ok(()),
        failed => Err(Failure::Unwell(failed)),
    }
}

/// That what is kept is for this user only.
fn settings(folder: &Path, api: &Api) -> Check {
    let what = "settings";
    let kept = Kept::new(folder, &api.url);
    if !kept.path().exists() {
        return check(what, Outcome::Ok, format!("{}: no sign-in is kept", folder.display()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let found = std::fs::metadata(kept.path()).map(|found| found.permissions().mode());
        let mode = found.unwrap_or_default() & 0o777;
        if mode & 0o077 != 0 {
            let path = kept.path().display();
            return check(what, Outcome::Fail, format!("others can read {path} ({mode:o})"))
                .do_this(format!("chmod 600 {path}, then `annals logout` and `annals login`"));
        }
    }
    check(what, Outcome::Ok, format!("{} is for you only", kept.path().display()))
}

/// That the address is Annals, which build, and what time it thinks it is.
fn reachable(api: &Api, checks: &mut Vec<Check>) -> bool {
    let what = "address";
    let health = match api.open("/api/v1/health") {
        Ok(health) => health,
        Err(failure) => {
            let cause = std::error::Error::source(&failure).map(ToString::to_string);
            let found = format!("{failure}: {}", cause.unwrap_or_default());
            checks.push(
                check(what, Outcome::Fail, found)
                    .do_this("is it running (`make run`), and is --url or ANNALS_URL right?"),
            );
            return false;
        }
    };
    let json = health.json();
    if json.get("status").and_then(Value::as_str) != Some("ok") {
        let found = format!("{} answers {}, but not as Annals does", api.url, health.status);
        checks.push(check(what, Outcome::Fail, found).do_this("check --url or ANNALS_URL"));
        return false;
    }
    checks.push(check(what, Outcome::Ok, format!("{} answers", api.url)));
    checks.push(version(&json));
    checks.push(clock(health.header("date")));
    true
}

fn version(health: &Value) -> Check {
    let what = "version";
    let (ours, theirs) =
        (env!("CARGO_PKG_VERSION"), plain(health.get("build").unwrap_or(&Value::Null)));
    let found = format!("this is {ours}, the server {theirs}");
    if theirs.split(['-', '+']).next() == Some(ours) {
        return check(what, Outcome::Ok, found);
    }
    check(what, Outcome::Warn, found).do_this("use the command line of the server's version")
}

fn clock(date: Option<&str>) -> Check {
    let what = "clock";
    let server = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    let Some(server) = server else {
        return check(what, Outcome::Warn, "the server does not say what time it is");
    };
    let skew = now_seconds() - server.timestamp().as_second();
    let found = match skew {
        -1..=1 => "as the server's".to_owned(),
        ahead if ahead > 0 => format!("{ahead} s ahead of the server's"),
        behind => format!("{} s behind the server's", -behind),
    };
    let outcome = match skew.abs() {
        skew if skew > SKEW_FAILS_SECONDS => Outcome::Fail,
        skew if skew > SKEW_WARNS_SECONDS => Outcome::Warn,
        _ => return check(what, Outcome::Ok, found),
    };
    check(what, outcome, found).do_this("set this machine's clock; tokens depend on it")
}

/// That one can sign in there.
fn sign_in(api: &Api) -> Check {
    let what = "sign-in";
    let config = api.open("/config.json").map(|reply| reply.json());
    let authority = config.as_ref().ok().and_then(|config| config.get("authority")?.as_str());
    match authority {
        Some(authority) => check(what, Outcome::Ok, format!("at {authority}")),
        None => check(what, Outcome::Warn, format!("{}/config.json names no provider", api.url))
            .do_this("use a token: ANNALS_TOKEN or --token"),
    }
}

/// That there is a token, that it is good, and what it is good for.
fn token(api: &Api, checks: &mut Vec<Check>) -> Option<Vec<Check>> {
    let what = "token";
    let bearer = match api.session().bearer(api.agent()) {
        Ok(bearer) => bearer,
        Err(failure) => {
            checks.push(
                check(what, Outcome::Fail, first_line(&failure))
                    .do_this(format!("annals login --url {}", api.url)),
            );
            return None;
        }
    };
    let given = matches!(api.session(), Session::Given(_));
    let origin = if given { "given with --token or ANNALS_TOKEN" } else { "of a sign-in" };
    let left = claims(&bearer).get("exp").and_then(Value::as_i64).map(|exp| exp - now_seconds());
    let renew = if given { "get another token" } else { "run `annals login`" };
    checks.push(match left {
        None => check(what, Outcome::Warn, format!("{origin}, of unknown form")),
        Some(left) if left <= 0 => {
            check(what, Outcome::Fail, format!("{origin}, ended {} s ago", -left)).do_this(renew)
        }
        Some(left) if given && left < 300 => {
            check(what, Outcome::Warn, format!("{origin}, ends in {left} s")).do_this(renew)
        }
        Some(left) => check(what, Outcome::Ok, format!("{origin}, good for {} min", left / 60)),
    });
    match api.call(&Call::get("/me")) {
        Ok(me) => {
            let mut found = vec![person(&me.json), rights(&me.json), types(api)];
            found.extend(desk::checks(api, &me.json));
            Some(found)
        }
        Err(failure) => {
            let found = first_line(&failure);
            checks.push(check("person", Outcome::Fail, found).do_this(renew));
            None
        }
    }
}

fn person(me: &Value) -> Check {
    let what = "person";
    let text = |pointer: &str| me.pointer(pointer).map(plain).unwrap_or_default();
    let (id, workspace, name) = (text("/id"), text("/tenant"), text("/person/display_name"));
    if name.is_empty() {
        return check(what, Outcome::Warn, format!("{id} in {workspace}, without a name")).do_this(
            "sign in once in the browser or with `annals login`; others then see your name",
        );
    }
    check(what, Outcome::Ok, format!("{name} ({id}) in {workspace}"))
}

fn rights(me: &Value) -> Check {
    let what = "rights";
    let rights = me.get("rights").map(plain).unwrap_or_default();
    if rights.is_empty() {
        return check(what, Outcome::Fail, "none")
            .do_this("ask an administrator: `annals people grant YOU editors`");
    }
    check(what, Outcome::Ok, rights)
}

fn types(api: &Api) -> Check {
    let what = "types";
    match crate::types::types(api) {
        Ok(types) => {
            let plurals: Vec<&str> = types.iter().map(|of| of.plural.as_str()).collect();
            check(what, Outcome::Ok, plurals.join(", "))
        }
        Err(failure) => check(what, Outcome::Fail, first_line(&failure))
            .do_this("the API answers, but does not say which records it keeps: see its log"),
    }
}

fn first_line(failure: &Failure) -> String {
    failure.to_string().lines().next().unwrap_or_default().to_owned()
}

fn written(checks: &[Check], output: Output) -> Result<(), Failure> {
    if !output.for_people() {
        let items = checks.iter().map(|check| {
            json!({"check": check.what, "outcome": check.outcome.name(), "found": check.found, "todo": check.todo})
        });
        return output.items(&json!({ "items": items.collect::<Vec<_>>() }), Default::default);
    }
    let lines = checks.iter().map(|check| {
        let style = match check.outcome {
            Outcome::Ok => Style::new().green(),
            Outcome::Warn => Style::new().yellow(),
            Outcome::Fail => Style::new().red().bold(),
        };
        let outcome = style.apply_to(format!("{:<4}", check.outcome.name()));
        let todo = check.todo.as_ref().map(|todo| format!("\n{:16}→ {todo}", ""));
        format!(
            "{outcome}  {:<9} {}{}\n",
            check.what,
            shown(&check.found),
            todo.unwrap_or_default()
        )
    });
    data(&lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_found() {
        let now = jiff::Timestamp::now();
        let at = |seconds: i64| {
            let then = now.to_zoned(jiff::tz::TimeZone::UTC).timestamp()
                + jiff::SignedDuration::from_secs(seconds);
            let date = jiff::fmt::rfc2822::DateTimePrinter::new()
                .timestamp_to_rfc9110_string(&then)
                .unwrap();
            clock(Some(&date)).outcome
        };
        assert_eq!(at(0), Outcome::Ok);
        assert_eq!(at(-60), Outcome::Warn);
        assert_eq!(at(60), Outcome::Warn);
        assert_eq!(at(3_600), Outcome::Fail);
        assert_eq!(clock(None).outcome, Outcome::Warn);
    }

    #[test]
    fn the_version_is_compared_without_its_build() {
        let ours = env!("CARGO_PKG_VERSION");
        assert_eq!(version(&json!({"build": format!("{ours}-abc")})).outcome, Outcome::Ok);
        assert_eq!(version(&json!({"build": "9.9.9"})).outcome, Outcome::Warn);
    }
}
