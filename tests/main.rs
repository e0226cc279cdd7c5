//! Whole-stack tests: rules of the house, the API, the log's laws, faults and crashes.
//!
//! One binary, so that it links once. Every test speaks to the same handlers that AWS runs, over the
//! embedded DynamoDB.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails should say so at once"
)]
#![allow(
    clippy::print_stderr,
    reason = "seeds and figures are for whoever reads the test's output"
)]

mod api;
mod append;
mod bad_input;
mod chaos;
mod cli;
mod crash;
mod deployment;
mod drill;
mod exports;
mod identity;
mod lambda;
mod metrics;
mod new_type;
mod operate;
mod operations;
mod people;
mod poison;
mod publish;
mod rebuild;
mod rights;
mod rules;
mod site;
mod site_publisher;
mod support;
mod tour;
mod verify;
mod verify_views;
mod views;
