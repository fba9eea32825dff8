//! Tests of how the program merges the shared files, and of the section headers that define a
//! profile.

use super::*;

fn profiles(selected: &str, config: &str, credentials: &str) -> Profiles {
    Profiles::from_texts(selected, Some(config), Some(credentials)).unwrap()
}

#[test]
fn both_files_are_merged_and_the_credentials_file_wins() {
    let all = profiles(
        "a",
        "[profile a]\nregion = eu-west-1\naws_access_key_id = 1\n[a]\nregion = not-a-profile\n",
        "[a]\naws_access_key_id = 2\n[profile a]\naws_access_key_id = 3\n",
    );
    assert_eq!(all.get("region"), Some("eu-west-1"));
    assert_eq!(all.get("aws_access_key_id"), Some("2"));
}

#[test]
fn a_default_with_the_prefix_replaces_the_one_without() {
    let all = profiles(
        "default",
        "[default]\na = 1\n[profile default]\nb = 2\n",
        "",
    );
    assert_eq!((all.get("a"), all.get("b")), (None, Some("2")));
}

#[test]
fn a_services_section_beats_the_profiles_own_endpoint() {
    let all = profiles(
        "a",
        "[profile a]\nservices = mine\nendpoint_url = https://all\n[services mine]\ns3 =\n  endpoint_url = https://s3\n",
        "",
    );
    assert_eq!(all.endpoint_url("s3").as_deref(), Some("https://s3"));
    assert_eq!(all.endpoint_url("sts").as_deref(), Some("https://all"));
}

#[test]
fn names_are_found_with_quotes_spaces_and_letters_of_any_language() {
    for (name, config, credentials) in [
        ("Prod Account", "[profile \"Prod Account\"]\nx = 1\n", ""),
        ("Prod Account", "[profile 'Prod Account'] # c\nx = 1\n", ""),
        ("Prod Account", "[profile Prod\\ Account]\nx = 1\n", ""),
        ("a!b", "[profile 'a!b']\nx = 1\n", ""),
        ("O'Brien", "[profile \"O'Brien\"]\nx = 1\n", ""),
        ("ümlaut", "[profile ümlaut]\nx = 1\n", ""),
        ("ümlaut", "", "[ümlaut]\nx = 1\n"),
        ("Acct (Dev)", "", "[Acct (Dev)]\nx = 1\n"),
        ("Acct (Dev)", "", "[\"Acct (Dev)\"]\nx = 1\n"),
        ("O'Brien", "", "[O'Brien]\nx = 1\n"),
        ("R&D", "", "[R&D]\nx = 1\n"),
    ] {
        let all = profiles(name, config, credentials);
        assert_eq!(all.get("x"), Some("1"), "{config}{credentials}");
    }
    let sections = profiles(
        "a",
        "[profile a]\nservices = my local\n[services \"my local\"]\ns3 =\n endpoint_url = u\n[sso-session 'My Corp Ltd']\nx = 1\n",
        "",
    );
    assert_eq!(sections.endpoint_url("s3").as_deref(), Some("u"));
    assert!(sections.sso_sessions.contains_key("My Corp Ltd"));
    assert_eq!(sections.missing_services(), None);
}

#[test]
fn a_header_that_names_no_profile_is_explained() {
    for (name, config, credentials, correction) in [
        (
            "a b",
            "[profile a b]\n",
            "",
            "the config file has the section [profile a b]: quote the name, [profile \"a b\"]",
        ),
        (
            "a!b",
            "[profile a!b]\n",
            "",
            "the config file has the section [profile a!b]: quote the name, [profile \"a!b\"]",
        ),
        (
            "a",
            "[a]\n",
            "",
            "the config file has the section [a]: write [profile a]",
        ),
        (
            "a",
            "",
            "[profile a]\n",
            "the credentials file has the section [profile a]: write [a]",
        ),
        (
            "\u{201c}a\u{201d}",
            "[profile a]\n",
            "",
            "write the name without quotes: a",
        ),
        ("'a'", "", "", "write the name without quotes: a"),
        (
            "a",
            "[profile \u{201c}a\u{201d}]\n",
            "",
            "the name of the profile `\u{201c}a\u{201d}` has typographic quotes: remove these quotes from its section header",
        ),
        (
            "a b",
            "[profile \u{201c}a b\u{201d}]\n",
            "",
            "the config file has the section [profile \u{201c}a b\u{201d}]: quote the name, [profile \"a b\"]",
        ),
    ] {
        let all = profiles(name, config, credentials);
        assert_eq!(all.current(), None, "{name}");
        assert_eq!(all.correction(name).as_deref(), Some(correction));
    }
    assert_eq!(profiles("a", "[b]\n", "").correction("a"), None);
}

#[test]
fn a_session_token_of_the_config_file_is_not_used_with_a_key_of_the_credentials_file() {
    let key = "aws_access_key_id = K\naws_secret_access_key = S\n";
    let token = "aws_session_token = T\n";
    let old_token = "aws_security_token = T\n";
    let section = |header: &str, lines: &[&str]| format!("{header}\n{}", lines.concat());
    for (config, credentials, tokens, warnings) in [
        (vec![key, token], vec![key], 0, 1),
        (vec![token], vec![key], 0, 1),
        (vec![key, old_token], vec![key], 0, 1),
        (vec![key, token], vec![key, token], 1, 0),
        (vec![key], vec![token], 1, 0),
        (vec![key, token], vec![], 1, 0),
        (vec![], vec![key, token], 1, 0),
        (vec![key], vec![key, old_token], 1, 0),
    ] {
        let all = profiles(
            "a",
            &section("[profile a]", &config),
            &section("[a]", &credentials),
        );
        let found = SESSION_TOKENS.iter().filter_map(|token| all.get(token));
        let case = format!("{config:?} {credentials:?} {:?}", all.warnings);
        assert_eq!(
            (found.count(), all.warnings.len()),
            (tokens, warnings),
            "{case}"
        );
    }
}

#[test]
fn half_a_key_in_the_credentials_file_and_a_key_of_the_config_file_cause_a_warning() {
    let id = "aws_access_key_id = K\n";
    let secret = "aws_secret_access_key = S\n";
    for (config, credentials, is_mixed) in [
        ([id, secret], vec![id], true),
        ([id, secret], vec![secret], true),
        ([id, secret], vec![id, secret], false),
        ([id, secret], vec!["region = r\n"], false),
        ([id, ""], vec![secret], false),
    ] {
        let config = format!("[profile a]\n{}", config.concat());
        let all = profiles("a", &config, &format!("[a]\n{}", credentials.concat()));
        let warns = |text: &String| text.contains("may belong to different keys");
        let count = all.warnings.iter().filter(|it| warns(it)).count();
        assert_eq!(count, usize::from(is_mixed), "{config}{credentials:?}");
    }
}

#[test]
fn a_setting_in_a_place_that_no_program_reads_causes_a_warning() {
    let local = "[profile a]\nservices = l\n[services l]\n";
    for (config, warning) in [
        (
            "[profile a]\ns3 =\n  endpoint_url = http://h\n".to_owned(),
            "the endpoint_url below `s3 =` in profile `a` is not used: write `endpoint_url` into the profile without indentation",
        ),
        (
            "[profile a]\ns3 = addressing_style = path\n".to_owned(),
            "the value of `s3` in profile `a` is not used: write each setting on an indented line below `s3 =`",
        ),
        (
            format!("{local}s3 =\nendpoint_url = http://h\n"),
            "the endpoint_url of section [services l] is not used: indent the line, below a line such as `s3 =`",
        ),
        (
            format!("{local}s3 = endpoint_url = http://h\n"),
            "the value of `s3` in section [services l] is not used: write each setting on an indented line below `s3 =`",
        ),
    ] {
        assert_eq!(
            profiles("a", &config, "").misplaced(),
            [warning],
            "{config}"
        );
    }
    let right = format!("{local}s3 =\n  endpoint_url = u\n[profile b]\ns3 = x\n");
    let right = profiles("a", &right, "");
    assert_eq!(right.misplaced(), [""; 0]);
}
