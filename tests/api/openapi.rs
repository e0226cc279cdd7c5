//! `GET /openapi.json`: the API's description, as it is checked in.

use super::pretty;
use crate::support::World;
use expect_test::expect_file;

#[tokio::test]
async fn the_description_that_is_served_is_the_one_that_is_checked_in() {
    let world = World::start().await;
    let served = world.stranger().get("/openapi.json").await.expect(200);
    assert_eq!(served.header("content-type"), "application/json");
    expect_file!["../../docs/openapi.json"].assert_eq(&format!("{}\n", pretty(&served.json())));
}
