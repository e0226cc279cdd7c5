//! What is asked of the provider, and what is believed of its answer.

use super::*;

fn provider() -> Provider {
    Provider {
        issuer: "https://id.example.org".to_owned(),
        authorization_endpoint: "https://id.example.org/oauth2/authorize".to_owned(),
        token_endpoint: "https://id.example.org/oauth2/token".to_owned(),
        revocation_endpoint: None,
    }
}

fn granted(claims: &Value) -> Granted {
    let payload = URL_SAFE_NO_PAD.encode(claims.to_string());
    Granted {
        access_token: String::new(),
        expires_in: None,
        refresh_token: None,
        id_token: Some(format!("h.{payload}.s")),
    }
}

#[test]
fn the_challenge_is_the_digest_of_the_verifier() {
    // RFC 7636, appendix B.
    let secrets = Secrets {
        state: "state".to_owned(),
        nonce: "nonce".to_owned(),
        verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned(),
    };
    let address = authorization(&provider(), "cli", "http://localhost:8976/callback", &secrets);
    assert_eq!(
        address,
        "https://id.example.org/oauth2/authorize?response_type=code&client_id=cli\
         &redirect_uri=http%3A%2F%2Flocalhost%3A8976%2Fcallback&scope=openid%20email%20profile\
         &state=state&nonce=nonce&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\
         &code_challenge_method=S256"
    );
}

#[test]
fn an_identity_token_of_another_sign_in_is_not_believed() {
    let good = json!({"iss": "https://id.example.org", "aud": "cli", "nonce": "n", "exp": now_seconds() + 60});
    let believed = |claims: &Value| trusted(&granted(claims), &provider(), "cli", "n");
    assert!(believed(&good).is_ok());
    for (name, value, wrong) in [
        ("iss", json!("https://evil.example"), "issuer"),
        ("aud", json!(["other"]), "audience"),
        ("nonce", json!("other"), "nonce"),
        ("exp", json!(now_seconds() - 3_600), "time"),
    ] {
        let mut claims = good.clone();
        claims[name] = value;
        assert!(
            matches!(believed(&claims), Err(SignIn::Untrusted(told)) if told == wrong),
            "{name}"
        );
    }
    assert!(believed(&Value::Null).is_err());
}
