//! The command line as people and programs use it: the real binary against the real program.

mod import;
mod interrupted;
mod memory;
mod plain;
mod records;
mod retries;
mod shell;
mod stand_in;
