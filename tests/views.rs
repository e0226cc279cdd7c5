//! What the projector owes its views: generations, parking, divergence, reconciling, snapshots.

use crate::support::World;
use crate::support::probe::{self, Build, Fold};
use serde_json::json;

#[tokio::test]
async fn two_folds_of_one_log_lead_to_two_states_and_have_two_fingerprints() {
    let (first, second) =
        (probe::registry(Fold::First, Build::Broken), probe::registry(Fold::Second, Build::Broken));
    let mended = probe::registry(Fold::First, Build::Mended);
    let fingerprint = |registry: &events::Registry| registry.by_name("probe").unwrap().fingerprint;
    assert_ne!(fingerprint(&first), fingerprint(&second));
    assert_eq!(fingerprint(&first), fingerprint(&mended));
    for (registry, sum) in [(first, 12), (second, 122)] {
        let world = World::with_registry(registry).await;
        let editor = world.caller("editor");
        let made = editor.post("/probes", json!({"value": "5"})).await.expect(201);
        let path = format!("/probes/{}", made.id());
        let edited = editor.with("if-match", "\"1\"").patch(&path, json!({"value": "7"})).await;
        assert_eq!(edited.expect(200).json()["sum"], sum);
    }
}
