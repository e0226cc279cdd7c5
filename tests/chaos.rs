//! Views equal the log under every schedule of faults.
