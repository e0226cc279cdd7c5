//! The pages on which somebody signs in, signs up, confirms, or chooses a password.
//!
//! Each carries the authorization request in its query, which is read and checked anew every time.

use super::answer::{failed, page, see, with_header};
use super::authorize::Authorization;
use super::visit::Visit;
use crate::identity::Identity;
use crate::identity::directory::{Account, DirectoryError, Status};
use crate::identity::pages::{self, Faults, Form, Html, Notice};
use crate::identity::sessions::{Session, Stage};
use crate::identity::sign_in::{Application, SignInError, password_fault};
use axum::http::{StatusCode, header};
use axum::response::Response;

const OLD_FORM: &str = "This form was too old. Please try again.";

/// `GET /login`.
pub(super) fn show_login(identity: &Identity, visit: &Visit) -> Response {
    with_request(identity, visit, |request| {
        let hint = request.login_hint.as_deref().unwrap_or_default();
        login_page(identity, visit, request, StatusCode::OK, hint, None)
    })
}

/// `POST /login`: by name and password, or as one of the demo people.
pub(super) fn log_in(identity: &Identity, visit: &Visit) -> Response {
    with_request(identity, visit, |request| {
        let (demo, username) = (visit.form.field("demo"), visit.form.field("username"));
        let again = |status, alert: &str| {
            login_page(identity, visit, request, status, username, Some(alert))
        };
        if !identity.is_own_form(visit) {
            return again(StatusCode::FORBIDDEN, OLD_FORM);
        }
        let account = match demo {
            "" => identity.account_with(username, visit.form.field("password")),
            demo => identity.demo_account(demo).ok_or(SignInError::Wrong),
        };
        match account {
            Ok(account) => go_on(identity, visit, request, &account),
            Err(SignInError::Directory(error)) => failed(&error),
            Err(error) => again(status_of(&error), &in_words(&error)),
        }
    })
}

/// `GET /signup`.
pub(super) fn show_signup(identity: &Identity, visit: &Visit) -> Response {
    with_request(identity, visit, |request| {
        signup_page(identity, visit, request, StatusCode::OK, ("", ""), &[])
    })
}

/// `POST /signup`.
pub(super) fn sign_up(identity: &Identity, visit: &Visit) -> Response {
    with_request(identity, visit, |request| {
        let field = |name: &str| visit.form.field(name);
        let (name, email, password) = (field("name"), field("email"), field("password"));
        let again = |status, faults: &Faults| {
            signup_page(identity, visit, request, status, (name, email), faults)
        };
        if !identity.is_own_form(visit) {
            return again(StatusCode::FORBIDDEN, &[("password", OLD_FORM)]);
        }
        let application = Application { email, name, password };
        let faults = application.faults();
        if !faults.is_empty() {
            return again(StatusCode::BAD_REQUEST, &faults);
        }
        match identity.sign_up(application) {
            Ok(account) => go_on(identity, visit, request, &account),
            Err(SignInError::Directory(DirectoryError::AccountExists)) => {
                let fault = "There is an account with this address already. Sign in instead.";
                again(StatusCode::CONFLICT, &[("email", fault)])
            }
            Err(error) => failed(&error),
        }
    })
}

/// `GET /confirmUser`.
pub(super) fn show_confirm(identity: &Identity, visit: &Visit) -> Response {
    with_session(identity, visit, Stage::MustConfirm, |request, session| {
        confirm_page(identity, visit, request, session, StatusCode::OK, None)
    })
}

/// `POST /confirmUser`: the code, or the wish for another.
pub(super) fn confirm(identity: &Identity, visit: &Visit) -> Response {
    with_session(identity, visit, Stage::MustConfirm, |request, session| {
        let again =
            |status, notice| confirm_page(identity, visit, request, session, status, Some(notice));
        if !identity.is_own_form(visit) {
            return again(StatusCode::FORBIDDEN, Notice::Alert(OLD_FORM));
        }
        let confirmed = if visit.form.field("again").is_empty() {
            identity.confirm(&session.sub, visit.form.field("code"))
        } else {
            match identity.send_code_again(&session.sub) {
                Ok(()) => return again(StatusCode::OK, Notice::Done("Another code was sent.")),
                Err(error) => Err(error),
            }
        };
        match confirmed {
            Ok(account) => go_on(identity, visit, request, &account),
            Err(SignInError::Directory(error)) => failed(&error),
            Err(error) => again(status_of(&error), Notice::Alert(&in_words(&error))),
        }
    })
}

/// `GET /changePassword`.
pub(super) fn show_choose(identity: &Identity, visit: &Visit) -> Response {
    with_session(identity, visit, Stage::MustChoose, |request, session| {
        choose_page(identity, visit, request, session, StatusCode::OK, &[])
    })
}

/// `POST /changePassword`.
pub(super) fn choose(identity: &Identity, visit: &Visit) -> Response {
    with_session(identity, visit, Stage::MustChoose, |request, session| {
        let password = visit.form.field("password");
        let fault =
            if identity.is_own_form(visit) { password_fault(password) } else { Some(OLD_FORM) };
        if let Some(fault) = fault {
            let faults = [("password", fault)];
            return choose_page(
                identity,
                visit,
                request,
                session,
                StatusCode::BAD_REQUEST,
                &faults,
            );
        }
        match identity.choose_password(&session.sub, password) {
            Ok(account) => go_on(identity, visit, request, &account),
            Err(error) => failed(&error),
        }
    })
}

/// Answers with the authorization request that the page belongs to.
fn with_request(
    identity: &Identity,
    visit: &Visit,
    answer: impl FnOnce(&Authorization) -> Response,
) -> Response {
    if visit.query.is_empty() {
        return identity.refusal("Sign in", "Signing in begins at Annals.");
    }
    match Authorization::read(&visit.query, &identity.issuer) {
        Ok(request) => answer(&request),
        Err(refusal) => identity.refused(&refusal),
    }
}

/// The same for somebody who has come as far as this stage; others sign in first.
fn with_session(
    identity: &Identity,
    visit: &Visit,
    stage: Stage,
    answer: impl FnOnce(&Authorization, &Session) -> Response,
) -> Response {
    with_request(identity, visit, |request| match identity.session(visit, stage) {
        Some(session) => answer(request, &session),
        None => see(&format!("/login?{}", request.query())),
    })
}

/// Lets somebody go on who has just shown who they are: back to the client, or to what is still to be
/// done.
fn go_on(
    identity: &Identity,
    visit: &Visit,
    request: &Authorization,
    account: &Account,
) -> Response {
    let stage = match account.status {
        Status::Active => Stage::SignedIn,
        Status::Unconfirmed => Stage::MustConfirm,
        Status::Invited => Stage::MustChoose,
    };
    let (session, cookie) = match identity.begin_session(visit, &account.sub, stage) {
        Ok(begun) => begun,
        Err(error) => return failed(&error),
    };
    let next = match stage {
        Stage::SignedIn => return identity.granted(request, &session, Some(&cookie)),
        Stage::MustConfirm => "/confirmUser",
        Stage::MustChoose => "/changePassword",
    };
    with_header(see(&format!("{next}?{}", request.query())), header::SET_COOKIE, &cookie)
}

fn login_page(
    identity: &Identity,
    visit: &Visit,
    request: &Authorization,
    status: StatusCode,
    username: &str,
    alert: Option<&str>,
) -> Response {
    let demo = identity.demo_accounts();
    form_page(identity, visit, request, status, |form| pages::login(form, username, alert, &demo))
}

fn signup_page(
    identity: &Identity,
    visit: &Visit,
    request: &Authorization,
    status: StatusCode,
    (name, email): (&str, &str),
    faults: &Faults,
) -> Response {
    form_page(identity, visit, request, status, |form| pages::signup(form, name, email, faults))
}

fn confirm_page(
    identity: &Identity,
    visit: &Visit,
    request: &Authorization,
    session: &Session,
    status: StatusCode,
    notice: Option<Notice<'_>>,
) -> Response {
    let email = email_of(identity, session);
    let code = identity.last_secret_to(&email);
    form_page(identity, visit, request, status, |form| {
        pages::confirm(form, &email, notice, code.as_deref())
    })
}

fn choose_page(
    identity: &Identity,
    visit: &Visit,
    request: &Authorization,
    session: &Session,
    status: StatusCode,
    faults: &Faults,
) -> Response {
    let email = email_of(identity, session);
    form_page(identity, visit, request, status, |form| pages::choose(form, &email, faults))
}

fn email_of(identity: &Identity, session: &Session) -> String {
    identity.directory.get(&session.sub).map(|account| account.email).unwrap_or_default()
}

/// A page with forms of this browser's, which may lead back to the client.
fn form_page(
    identity: &Identity,
    visit: &Visit,
    request: &Authorization,
    status: StatusCode,
    html: impl FnOnce(Form<'_>) -> Html,
) -> Response {
    let (token, cookie) = match identity.form_token(visit) {
        Ok(token) => token,
        Err(error) => return failed(&error),
    };
    let html = html(Form { query: &request.query(), token: &token });
    let response = page(status, html, Some(request.origin()));
    match cookie {
        Some(cookie) => with_header(response, header::SET_COOKIE, &cookie),
        None => response,
    }
}

fn status_of(error: &SignInError) -> StatusCode {
    match error {
        SignInError::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
        SignInError::Wrong | SignInError::Expired => StatusCode::UNAUTHORIZED,
        SignInError::WrongCode | SignInError::CodeGone => StatusCode::BAD_REQUEST,
        SignInError::Directory(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn in_words(error: &SignInError) -> String {
    match error {
        SignInError::Wrong => "The name or the password is not right.".to_owned(),
        SignInError::Expired => {
            "This temporary password has expired. Ask whoever invited you for another.".to_owned()
        }
        SignInError::Wait(1) => "That was wrong too often. Try again in a second.".to_owned(),
        SignInError::Wait(seconds) => {
            format!("That was wrong too often. Try again in {seconds} seconds.")
        }
        SignInError::WrongCode => "This is not the code that was sent.".to_owned(),
        SignInError::CodeGone => "This code is no longer good. Have another one sent.".to_owned(),
        SignInError::Directory(error) => error.to_string(),
    }
}
