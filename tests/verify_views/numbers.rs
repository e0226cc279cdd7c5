//! Numbers of the view `counts` against what they count.

use super::{
    Item, active, customer, delete, finds, item, items, mended, number, put, some_records, text,
    told, verified, with,
};
use crate::support::{World, demo_key};
use crate::views::views_agree_with_the_log;
use projections::{COUNTS, counter_key, row_key};
use vocabulary::{Digest, RecordKey, Tenant};

async fn numbers(world: &World) -> Vec<Item> {
    let mut items = items(world, COUNTS).await;
    items.retain(|item| item["pk"].as_s().unwrap().starts_with("1#n#"));
    items
}

fn shard(key: &RecordKey) -> u32 {
    Digest::of(&[key.pk().as_bytes()]).shard(projections::COUNTER_SHARDS)
}

#[tokio::test]
async fn a_number_that_is_off_by_one_is_found_and_set_right() {
    let world = World::start().await;
    some_records(&world).await;
    let generation = active(&world, COUNTS).await;
    for (by, old) in [(1, false), (-1, false), (1, true)] {
        let counter = numbers(&world).await.swap_remove(0);
        let n: i64 = counter["n"].as_n().unwrap().parse().unwrap();
        let mut meddled = with(counter.clone(), "n", number(n + by));
        if old {
            // As a build wrote it that did not count changes.
            meddled.remove("changes").unwrap();
        }
        put(&world, COUNTS, meddled).await;
        let found = verified(&world, &world.stack.projector, COUNTS).await.differences;
        assert_eq!(found.len(), 1, "{found:?}");
        let (kind, detail) = told(&found)[0];
        assert_eq!(kind, "count");
        assert!(detail.ends_with(&format!(": {} instead of {n}", n + by)), "{detail}");
        assert_eq!(mended(&world.stack.projector, COUNTS, generation).await, found);
        finds(&world, COUNTS, &[]).await;
        views_agree_with_the_log(&world, &world.stack.projector.registry).await;
    }
}

#[tokio::test]
async fn a_number_that_is_gone_and_one_that_counts_nothing_are_found() {
    let world = World::start().await;
    let key = customer(&world, "c").await;
    let counter = numbers(&world).await.swap_remove(0);
    delete(&world, COUNTS, &counter).await;
    let detail = format!("customer active, shard {}: 0 instead of 1", shard(&key));
    finds(&world, COUNTS, &[("count", &detail)]).await;
    let generation = active(&world, COUNTS).await;
    mended(&world.stack.projector, COUNTS, generation).await;
    finds(&world, COUNTS, &[]).await;
    let nobody = Tenant::of_organisation("nobody").unwrap();
    let pk = counter_key(generation, &nobody, "todo", 7);
    put(&world, COUNTS, with(with(counter, "pk", text(&pk)), "sk", text("open"))).await;
    finds(&world, COUNTS, &[("count", "todo open, shard 7: 1 instead of 0")]).await;
    mended(&world.stack.projector, COUNTS, generation).await;
    finds(&world, COUNTS, &[]).await;
}

#[tokio::test]
async fn a_surplus_contribution_goes_with_what_it_counted_and_without_what_it_did_not() {
    let world = World::start().await;
    let key = customer(&world, "c").await;
    let generation = active(&world, COUNTS).await;
    let ghost = demo_key("customer", "ghost");
    let at = row_key(generation, &ghost);
    let row = item(&world, COUNTS, &key).await;
    let row = with(with(row, "pk", text(&at.pk)), "sk", text(&at.sk));
    for counted in [true, false] {
        put(&world, COUNTS, row.clone()).await;
        let pk = counter_key(generation, &ghost.tenant, "customer", shard(&ghost));
        if counted {
            let client = world.stack.engine.dynamodb();
            let add = client.update_item().table_name("annals-counts");
            add.key("pk", text(&pk))
                .key("sk", text("active"))
                .update_expression("ADD n :one")
                .expression_attribute_values(":one", number(1))
                .send()
                .await
                .unwrap();
        }
        let found = mended(&world.stack.projector, COUNTS, generation).await;
        assert!(found.iter().any(|one| one.kind == "surplus"), "{found:?}");
        finds(&world, COUNTS, &[]).await;
        views_agree_with_the_log(&world, &world.stack.projector.registry).await;
    }
}
