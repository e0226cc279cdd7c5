//! The rules of an invoice's record, as given, when, then.

use super::*;
use crate::testing::given;
use serde_json::json;

fn ann() -> ActorId {
    ActorId::parse("ann").unwrap()
}

fn eur(minor: u64) -> Money {
    Money { minor, currency: "EUR".into() }
}

fn draft(total: Option<&str>) -> Command {
    Command::Draft {
        wording: Wording { subject: "Consulting".into(), notes: None },
        customer_id: RecordId::parse("C-1").ok(),
        total: total.map(str::to_owned),
        due_on: Some("2026-12-24".into()),
        owner: ann(),
    }
}

fn drafted() -> Event {
    Event::Drafted {
        personal: Personal::Known(Wording { subject: "Consulting".into(), notes: None }),
        customer_id: RecordId::parse("C-1").ok(),
        total: Some(eur(125_000)),
        due_on: Some("2026-12-24".into()),
        owner: ann(),
    }
}

fn issued() -> Event {
    Event::Issued {}
}

fn paid() -> Event {
    Event::Paid { paid_on: "2026-12-20".into() }
}

fn pay() -> Command {
    Command::Pay { paid_on: "2026-12-20".into() }
}

fn cancel(reason: Option<&str>) -> Command {
    Command::Cancel { reason: reason.map(str::to_owned) }
}

#[test]
fn an_invoice_is_drafted_once() {
    given::<Invoice>([]).when(draft(Some("1250.00 EUR"))).then([drafted()]);
    given::<Invoice>([drafted()]).when(draft(None)).then_rejected(Rejection::AlreadyDrafted);
}

#[test]
fn a_total_is_an_amount_and_a_currency() {
    for (text, minor) in [("0.01 EUR", 1), ("1250.00 EUR", 125_000), (" 7.50 EUR ", 750)] {
        assert_eq!(Money::parse(text), Some(eur(minor)), "{text}");
    }
    for text in ["1250", "1250 EUR", "1,250.00 EUR", "-1.00 EUR", "1.5 EUR", "1.00 eur", "x.yz EUR"]
    {
        assert_eq!(Money::parse(text), None, "{text}");
        given::<Invoice>([]).when(draft(Some(text))).then_rejected(Rejection::TotalUnreadable);
    }
    assert_eq!(Money::parse("99999999999999.99 EUR"), None, "more than JSON carries safely");
    assert_eq!(eur(125_007).to_string(), "1250.07 EUR");
}

#[test]
fn an_invoice_is_issued_when_it_is_complete() {
    given::<Invoice>([drafted()]).when(Command::Issue).then([issued()]);
    given::<Invoice>([drafted(), issued()]).when(Command::Issue).then_nothing();
    for missing in [
        Event::Billed { customer_id: None },
        Event::Priced { total: None },
        Event::Deferred { due_on: None },
    ] {
        given::<Invoice>([drafted(), missing])
            .when(Command::Issue)
            .then_rejected(Rejection::Incomplete);
    }
}

#[test]
fn an_issued_invoice_is_paid_or_cancelled_and_not_changed() {
    given::<Invoice>([drafted()]).when(pay()).then_rejected(Rejection::NotIssued);
    given::<Invoice>([drafted(), issued()]).when(pay()).then([paid()]);
    given::<Invoice>([drafted(), issued()])
        .when(Command::Price { total: Some("1.00 EUR".into()) })
        .then_rejected(Rejection::InvoiceIssued);
    given::<Invoice>([drafted(), issued(), paid()]).when(pay()).then_nothing();
    given::<Invoice>([drafted(), issued(), paid()])
        .when(cancel(Some("by mistake")))
        .then_rejected(Rejection::InvoicePaid);
}

#[test]
fn cancelling_needs_a_reason_and_ends_it() {
    for history in [vec![drafted()], vec![drafted(), issued()]] {
        given::<Invoice>(history.clone()).when(cancel(None)).then_rejected(Rejection::ReasonNeeded);
        given::<Invoice>(history).when(cancel(Some("wrong customer"))).then([Event::Cancelled {}]);
    }
    let cancelled = || [drafted(), Event::Cancelled {}];
    given::<Invoice>(cancelled()).when(cancel(None)).then_nothing();
    for command in [Command::Issue, pay(), Command::Defer { due_on: None }] {
        given::<Invoice>(cancelled()).when(command).then_rejected(Rejection::InvoiceCancelled);
    }
}

#[test]
fn a_draft_changes_field_by_field() {
    given::<Invoice>([drafted()])
        .when(Command::Price { total: Some("1250.00 EUR".into()) })
        .then_nothing();
    given::<Invoice>([drafted()])
        .when(Command::Price { total: Some("99.90 EUR".into()) })
        .then([Event::Priced { total: Some(eur(9_990)) }]);
    given::<Invoice>([drafted()])
        .when(Command::Reword { subject: None })
        .then_rejected(Rejection::SubjectNeeded);
    given::<Invoice>([]).when(Command::Issue).then_rejected(Rejection::NotDrafted);
}

#[test]
fn lists_show_the_total_as_it_is_written() {
    let summary = Invoice::summary(&given::<Invoice>([drafted()]).state()).unwrap();
    assert_eq!(summary.status, "draft");
    assert_eq!(
        Value::Object(summary.fields),
        json!({
            "subject": "Consulting",
            "customer_id": "C-1",
            "total": "1250.00 EUR",
            "due_on": "2026-12-24",
        })
    );
}
