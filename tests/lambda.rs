//! The Lambda functions, by the JSON that AWS sends them.
