//! `annals`: the command line of Annals, a client of its API; only to carry a log from one table to another it
//! speaks to DynamoDB itself.
//!
//! It knows no record type by name: everything is read from the descriptors at `/meta/types`.

mod api;
mod args;
mod audit;
mod carry;
mod conflict;
mod doctor;
mod error;
mod grid;
mod http_client;
mod import;
mod interrupt;
mod login;
mod names;
mod operations;
mod output;
mod paging;
mod past;
mod people;
mod problem;
mod progress;
mod records;
mod session;
mod smoke;
mod types;
mod values;

use api::Api;
use args::{Arguments, People, Records, Verb};
use audit::args::Audit;
use clap::{CommandFactory, Parser};
use error::{Failure, Usage, exit};
use operations::Desk;
use output::{Output, is_anybody_there, say};
use records::Consent;
use session::Session;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Help and version are told as errors too, and go to stdout.
        Err(told) => {
            let code = if told.use_stderr() { exit::USAGE } else { 0 };
            // A reader that has gone needs no help.
            told.print().unwrap_or_default();
            return ExitCode::from(code);
        }
    };
    match run(&arguments) {
        Ok(code) => ExitCode::from(code),
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            say(&format!("error: {}", output::shown(&with_causes(&failure))));
            ExitCode::from(failure.exit_code())
        }
    }
}

/// A failure with what caused it; a hint stays at the end.
fn with_causes(failure: &Failure) -> String {
    let told = failure.to_string();
    let (what, hint) = told.split_once("\n  hint:").unwrap_or((&told, ""));
    let mut text = what.to_owned();
    let mut source = failure.source();
    while let Some(cause) = source {
        let cause_told = cause.to_string();
        if !text.contains(&cause_told) {
            text.push_str(": ");
            text.push_str(&cause_told);
        }
        source = cause.source();
    }
    if hint.is_empty() { text } else { format!("{text}\n  hint:{hint}") }
}

fn run(arguments: &Arguments) -> Result<u8, Failure> {
    match &arguments.verb {
        Verb::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "annals", &mut text);
            output::data(&String::from_utf8_lossy(&text)).map(|()| 0)
        }
        Verb::Man { dir } => manual(dir.as_deref()).map(|()| 0),
        // What needs no server asks for no sign-in either.
        Verb::Audit(asked) if audit::offline(asked).is_some() => {
            let output = output_of(arguments);
            audit::offline(asked).map_or(Ok(0), |folder| audit::verify_offline(folder, output))
        }
        Verb::Log(asked) => {
            let (consent, output) = (consent(arguments.global.yes), output_of(arguments));
            carry::carried(asked, consent, output).unwrap_or_else(|| spoken(arguments))
        }
        Verb::Login(_)
        | Verb::Logout
        | Verb::Whoami
        | Verb::Records(_)
        | Verb::Import(_)
        | Verb::People(_)
        | Verb::Audit(_)
        | Verb::Views(_)
        | Verb::Parked(_)
        | Verb::Failures(_)
        | Verb::Replay(_)
        | Verb::Doctor
        | Verb::Smoke(_) => spoken(arguments),
    }
}

fn output_of(arguments: &Arguments) -> Output {
    Output { format: arguments.global.output }
}

/// What needs the server.
fn spoken(arguments: &Arguments) -> Result<u8, Failure> {
    let global = &arguments.global;
    let output = output_of(arguments);
    let mut named = &global.url;
    if let Verb::Smoke(args::Smoke { at: Some(at), .. }) = &arguments.verb {
        named = at;
    }
    let url = http_client::checked_url(named)?;
    let folder = global.config_dir.clone().or_else(config_folder).ok_or(Usage::NoConfigFolder)?;
    let session = match &global.token {
        Some(token) if !token.trim().is_empty() => Session::Given(token.trim().to_owned()),
        Some(_) | None => Session::kept(&folder, &url),
    };
    let stop = Arc::new(AtomicBool::new(false));
    let mut connections = 2;
    if let Verb::Import(import) = &arguments.verb {
        connections += usize::from(import.jobs);
    }
    if let Verb::Audit(Audit::Verify(verify)) = &arguments.verb {
        connections += usize::from(verify.jobs);
    }
    let api = Api::new(url, session, global.tries, connections, stop.clone())?;
    let consent = consent(global.yes);
    let desk = Desk { api: &api, consent, output, stop: &stop };
    match &arguments.verb {
        Verb::Login(asked) => {
            let browser =
                if asked.no_browser { login::Browser::PrintOnly } else { login::Browser::Open };
            login::login(&api, &folder, browser, output)?;
        }
        Verb::Logout => login::logout(&api, &folder, output)?,
        Verb::Whoami => people::whoami(&api, output)?,
        Verb::Records(verb) => on_records(&api, verb, consent, output)?,
        Verb::People(verb) => on_people(&api, verb, consent, output)?,
        Verb::Audit(asked) => return audit::spoken(&api, asked, output),
        Verb::Import(asked) => return import::import(&api, asked, &stop, output),
        Verb::Views(verb) => return desk.views(verb),
        Verb::Parked(verb) => return desk.parked(verb),
        Verb::Failures(verb) => return desk.failures(verb),
        Verb::Replay(verb) => return desk.replay(verb),
        Verb::Log(verb) => return desk.log(verb),
        Verb::Doctor => doctor::doctor(&api, &folder, output)?,
        Verb::Smoke(asked) => smoke::smoke(&api, asked, output)?,
        // These need no server and were done before.
        Verb::Completions { .. } | Verb::Man { .. } => {}
    }
    Ok(0)
}

fn on_records(api: &Api, verb: &Records, consent: Consent, output: Output) -> Result<(), Failure> {
    match verb {
        Records::List(asked) => records::list(api, asked, output),
        Records::Show(asked) => records::show(api, asked, output),
        Records::Create(asked) => records::create(api, asked, output),
        Records::Edit(asked) => records::edit(api, asked, output),
        Records::Act(asked) => records::act(api, asked, consent, output),
        Records::Delete(asked) => records::delete(api, asked, consent, output),
        Records::History(asked) => past::history(api, asked, output),
        Records::Diff(asked) => past::diff(api, asked, output),
        Records::Blame(asked) => past::blame(api, asked, output),
        Records::Restore(asked) => past::restore(api, asked, consent, output),
    }
}

fn on_people(api: &Api, verb: &People, consent: Consent, output: Output) -> Result<(), Failure> {
    match verb {
        People::List => people::list(api, output),
        People::Invite(asked) => people::invite(api, asked, output),
        People::Grant(asked) => people::grant(api, asked, output),
        People::Revoke(asked) => people::revoke(api, asked, consent, output),
        People::Remove(asked) => people::remove(api, asked, consent, output),
    }
}

fn consent(yes: bool) -> Consent {
    if yes {
        Consent::Given
    } else if is_anybody_there() {
        Consent::Ask
    } else {
        Consent::Nobody
    }
}

/// Where this user's settings are, by the custom of the system.
fn config_folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let folder = if cfg!(windows) {
        PathBuf::from(set("APPDATA")?)
    } else {
        match set("XDG_CONFIG_HOME") {
            Some(folder) => PathBuf::from(folder),
            None => PathBuf::from(set("HOME")?).join(".config"),
        }
    };
    Some(folder.join("annals"))
}

fn manual(dir: Option<&Path>) -> Result<(), Failure> {
    let Some(dir) = dir else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
        return output::data(&String::from_utf8_lossy(&page));
    };
    let write = || {
        std::fs::create_dir_all(dir)?;
        clap_mangen::generate_to(Arguments::command(), dir)
    };
    let what = "the pages cannot be written";
    write().map_err(|cause| Failure::File { path: dir.to_owned(), what, cause })
}
