//! Rules of the house, over manifests and sources.
