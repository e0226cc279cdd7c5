//! The drift watch: every now and then some live rows are held against a fresh fold.
//!
//! It runs with the reconciler, every five minutes. A random slice of the log is read, of it a few records are
//! taken, and what each view's active generation holds of them is verified. Nothing is repaired: rows that
//! drift by themselves are to be understood first. Of a view that is outdated, as it is from the deployment
//! of another fold to the promotion of what that fold made, those types are passed over: that their rows
//! differ is known, and no alarm.
//!
//! A run costs at most five pages of the log, each of 1 MB or 128 read units, and for each of [`WATCHED`]
//! records its log and its rows, three times; records of more than 1,000 commits are left to verifications.

use super::Verified;
use crate::heads::{Heads, heads};
use crate::image;
use crate::projector::{Hint, Projector};
use std::collections::BTreeMap;
use store::{Alarm, Difference, DriftWatch, LAYOUT, LogPart, StoreError, ViewGenerations};
use vocabulary::Digest;

/// Records that one run takes at most.
pub const WATCHED: usize = 20;
/// Into how many parts the log is cut for a slice: as many as there can be (DynamoDB API reference, `Scan`,
/// `TotalSegments`, read 2026-11-24), and fewer where there was too little in the one before.
const PARTS: [u32; 5] = [1_000_000, 4_096, 256, 16, 1];
/// Commits of a slice that are read.
const SLICE: i32 = 1_000;
/// The longest record that is folded for a sample.
const COMMITS_MAX: u64 = 1_000;

impl Projector {
    /// Verifies a random sample of what the active generations of the views hold, keeps what it told for each
    /// view, and raises an alarm of kind `drift` for each record whose row is not what the log says.
    ///
    /// # Errors
    /// [`StoreError`]; what was found so far has been told.
    pub(crate) async fn watch_drift(&self, views: &[ViewGenerations]) -> Result<(), StoreError> {
        let sample = self.sample().await?;
        for view in views {
            let outdated = view.outdated(&self.registry);
            let sample = up_to_date(&sample, &outdated);
            let verified = self.verify_page(&view.view, view.active, &sample).await?;
            self.tell_drift(&view.view, &verified).await?;
        }
        Ok(())
    }

    /// Some records of a random slice of the log.
    async fn sample(&self) -> Result<Heads, StoreError> {
        // A fresh commit id carries 80 random bits.
        let dice = self.clock.mint().to_string();
        let mut found = BTreeMap::new();
        for of in PARTS {
            let number = Digest::of(&[dice.as_bytes()]).shard(of);
            let page = self.store.log_page(LogPart { number, of }, None, SLICE).await?;
            for (pk, hint) in heads(page.commits, Hint::logged) {
                let place = Digest::of_list(&[&dice, &pk]);
                found.insert(place.prefix(), (pk, hint));
            }
            if found.len() >= WATCHED {
                break;
            }
        }
        let short = found.into_values().filter(|(_, hint)| hint.version.get() <= COMMITS_MAX);
        Ok(short.take(WATCHED).collect())
    }

    async fn tell_drift(&self, view: &str, verified: &Verified) -> Result<(), StoreError> {
        let (lag, drift): (Vec<&Difference>, Vec<&Difference>) =
            verified.differences.iter().partition(|found| found.is_lag());
        for found in &drift {
            self.raise_drift(view, found).await?;
        }
        let count = |found: &[&Difference]| u64::try_from(found.len()).unwrap_or(u64::MAX);
        let watch = DriftWatch {
            view: view.to_owned(),
            at: self.clock.now(),
            records: verified.records,
            drift: count(&drift),
            lag: count(&lag),
        };
        self.store.keep_drift_watch(&watch).await
    }

    async fn raise_drift(&self, view: &str, found: &Difference) -> Result<(), StoreError> {
        let Difference { record, tenant, version, kind, detail, .. } = found;
        let tenant = tenant.as_ref().map(ToString::to_string).unwrap_or_default();
        let pk = format!("{tenant}#{}", record.replacen('/', "#", 1));
        tracing::error!(
            record = pk,
            view,
            version,
            kind,
            detail,
            metric = "ViewDrift",
            "a row is not what the log says"
        );
        let alarm = Alarm {
            kind: "drift".to_owned(),
            record: pk.clone(),
            version: *version,
            detail: format!("a row of `{view}` is not what the log says ({kind}: {detail})"),
            at: self.clock.now(),
        };
        let name = format!("drift#{view}#{pk}#{version}");
        self.store.raise_to_operators(&name, &alarm).await.map(drop)
    }
}

/// Those records of a sample whose rows were made by today's folds.
fn up_to_date(sample: &Heads, outdated: &[String]) -> Heads {
    let is_outdated = |name: &str| outdated.iter().any(|outdated| outdated == name);
    if is_outdated(LAYOUT) {
        return Heads::new();
    }
    let own = sample.iter().filter(|(pk, _)| {
        image::record_key(pk).is_some_and(|key| !is_outdated(key.record_type.as_str()))
    });
    own.map(|(pk, hint)| (pk.clone(), hint.clone())).collect()
}
