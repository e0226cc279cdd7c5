//! The command line as people and programs use it: the real binary against the real program.

mod audit;
mod audit_whole;
mod browser;
mod import;
mod interrupted;
mod login;
mod memory;
mod operations;
mod past;
mod people;
mod plain;
mod records;
mod retries;
mod shell;
mod sign_in;
mod smoke;
mod stand_in;
