//! Rows of the view `audit`.

use super::{
    Item, active, commit_items, customer, delete, finds, finds_nothing, item, items, mended,
    number, put, replaced, text, told, verified, with,
};
use crate::support::{World, demo_key};
use aws_sdk_dynamodb::types::AttributeValue;
use projections::AUDIT;

const LISTS: [&str; 3] = ["all", "actor", "flow"];

#[tokio::test]
async fn a_commit_row_that_was_meddled_with_has_drifted_in_its_list() {
    let world = World::start().await;
    let key = customer(&world, "c").await;
    for list in LISTS {
        let row = commit_items(&world, list, &key).await.swap_remove(1);
        let fields = AttributeValue::L(vec![text("/secret")]);
        put(&world, AUDIT, with(row.clone(), "fields", fields)).await;
        let detail = format!("row in list `{list}`: fields");
        finds(&world, AUDIT, &[("drift", &detail)]).await;
        put(&world, AUDIT, with(row.clone(), "events", text("one"))).await;
        let found = verified(&world, &world.stack.projector, AUDIT).await.differences;
        let unreadable = format!("row in list `{list}` cannot be read");
        assert!(told(&found).contains(&("drift", &unreadable)), "{found:?}");
        assert_eq!(found.iter().find(|one| one.kind == "drift").unwrap().version, 2);
        put(&world, AUDIT, row).await;
    }
    finds_nothing(&world).await;
}

#[tokio::test]
async fn a_commit_row_that_is_missing_in_one_list_is_found_in_each() {
    let world = World::start().await;
    let key = customer(&world, "c").await;
    for list in LISTS {
        let row = commit_items(&world, list, &key).await.swap_remove(2);
        delete(&world, AUDIT, &row).await;
        let detail = format!("row in list `{list}`");
        finds(&world, AUDIT, &[("missing", &detail)]).await;
        put(&world, AUDIT, row).await;
    }
    finds_nothing(&world).await;
}

#[tokio::test]
async fn a_cursor_that_claims_more_than_there_is_is_found() {
    let world = World::start().await;
    let key = demo_key("customer", "c");
    // Longer than a page of the comparison.
    world.append_up_to(&key, 130, crate::views::change).await;
    world.stack.settled().await;
    finds_nothing(&world).await;
    for list in LISTS {
        for row in commit_items(&world, list, &key).await.split_off(125) {
            delete(&world, AUDIT, &row).await;
        }
    }
    let found = verified(&world, &world.stack.projector, AUDIT).await.differences;
    let lists = LISTS.map(|list| format!("row in list `{list}`"));
    let mut expected: Vec<(&str, &str)> =
        lists.iter().map(|detail| ("missing", detail.as_str())).collect();
    expected.sort_unstable();
    assert_eq!(told(&found), expected);
    assert!(found.iter().all(|one| one.version == 126), "the first of them is named");
}

#[tokio::test]
async fn the_state_in_a_cursor_is_compared_too() {
    let world = World::start().await;
    let key = customer(&world, "c").await;
    let cursor = item(&world, AUDIT, &key).await;
    put(&world, AUDIT, replaced(cursor.clone(), "state", "Lily", "Lilith")).await;
    finds(&world, AUDIT, &[("drift", "cursor: state/record/customer/name")]).await;
    put(&world, AUDIT, with(cursor, "fold", text("another"))).await;
    finds(&world, AUDIT, &[("drift", "fold")]).await;
}

#[tokio::test]
async fn a_day_that_a_directory_does_not_name_is_missing() {
    let world = World::start().await;
    customer(&world, "c").await;
    let days = items(&world, AUDIT).await;
    let days: Vec<&Item> =
        days.iter().filter(|item| item["pk"].as_s().unwrap().ends_with("#days")).collect();
    assert_eq!(days.len(), 2, "one of all, one of the actor's");
    for day in days {
        delete(&world, AUDIT, day).await;
        let found = verified(&world, &world.stack.projector, AUDIT).await.differences;
        let list = if day["pk"].as_s().unwrap().contains("#all#") { "all" } else { "actor" };
        let detail = format!("a day in the directory of list `{list}`");
        assert_eq!(told(&found), [("missing", detail.as_str())]);
        put(&world, AUDIT, day.clone()).await;
    }
}

#[tokio::test]
async fn rows_of_no_commit_and_rows_in_a_wrong_place_are_surplus_in_every_list() {
    let world = World::start().await;
    let key = customer(&world, "c").await;
    for list in LISTS {
        let row = commit_items(&world, list, &key).await.swap_remove(2);
        let later = with(row.clone(), "version", number(99));
        let later = replaced(later, "sk", "0000000000000003", "0000000000000099");
        let other =
            replaced(with(row.clone(), "record", text("t.demo#customer#x")), "sk", "#c#", "#x#");
        let elsewhere = with(row.clone(), "pk", text(&format!("1#t.other#{list}#20261124#0")));
        let not_its_hash = replaced(row.clone(), "sk", "#c#", "#c#");
        let not_its_hash = with(not_its_hash, "hash", text(&"0".repeat(64)));
        let detail = format!("a row in list `{list}` of no commit of the log");
        for surplus in [later, other, elsewhere] {
            put(&world, AUDIT, surplus).await;
            finds(&world, AUDIT, &[("surplus", &detail)]).await;
            let generation = active(&world, AUDIT).await;
            let found = mended(&world.stack.projector, AUDIT, generation).await;
            assert_eq!(told(&found), [("surplus", detail.as_str())]);
            finds(&world, AUDIT, &[]).await;
        }
        put(&world, AUDIT, not_its_hash).await;
        let drift = format!("row in list `{list}`: hash");
        finds(&world, AUDIT, &[("drift", &drift), ("surplus", &detail)]).await;
        put(&world, AUDIT, row.clone()).await;
        // A row of another fold beside the present one is passed over by searches, and so here.
        let old = row["sk"].as_s().unwrap().rsplit_once('#').unwrap().0.to_owned();
        put(&world, AUDIT, with(row, "sk", text(&format!("{old}#0123456789abcdef")))).await;
        finds(&world, AUDIT, &[]).await;
    }
}
