//! Whatever is wrong with a request: a clear problem document, and nothing is written.
