//! Phone numbers as people and attackers write them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use shared::phone::Countries;
use tests::answer::Answer;
use tests::phones::{ADA, ADA_NATIONAL, BRITISH, LANDLINE, mobile, of_another_block};
use tests::stack::Stack;

/// The example of a mobile number of each of some countries in the numbering plans: those that share `+1`, `+7` and
/// `+44` with others, neighbours, and far ones.
const ABROAD: [&str; 34] = [
    "+12423591234",
    "+18762101234",
    "+12462501234",
    "+18682911234",
    "+18092345678",
    "+17872345678",
    "+12015550123",
    "+15062345678",
    "+79123456789",
    "+77710009998",
    "+447797712345",
    "+447781123456",
    "+447624123456",
    "+447400123456",
    "+4915123456789",
    "+4534412345",
    "+358412345678",
    "+3546111234",
    "+33612345678",
    "+34612345678",
    "+393123456789",
    "+48512345678",
    "+353850123456",
    "+37121234567",
    "+37251234567",
    "+375294911911",
    "+992917123456",
    "+998912345678",
    "+61412345678",
    "+918123456789",
    "+923012345678",
    "+2348021234567",
    "+5351234567",
    "+62812345678",
];

/// Many spellings of one number: each is refused, or is the same number to every limit; so many code requests at one
/// moment make one text (I-01).
#[tokio::test]
async fn all_spellings_of_a_number_share_its_throttle() {
    let spellings = [
        "+46701740605",
        "+46 70 174 06 05",
        "+46-70-174-06-05",
        "+46 (0)70 174 06 05",
        "+46(70)1740605",
        "+46.70.174.06.05",
        "+46/70/1740605",
        "0046701740605",
        "00 46 70 174 06 05",
        "070-174 06 05",
        "0701740605",
        "070 1740605",
        "(070) 174 06 05",
        " +46701740605",
        "+46701740605 ",
        "\t+46701740605\n",
        "+46701740605\r\n",
        "\u{ff0b}46701740605",
        "+46\u{a0}70\u{a0}174\u{a0}06\u{a0}05",
        "+\u{ff14}\u{ff16}701740605",
        "٠٧٠١٧٤٠٦٠٥",
        "०७०१७४०६०५",
        "\u{200f}+46701740605",
        "+46701740605\u{200e}",
        "\u{feff}+46701740605",
        "tel:+46701740605",
        "+46701740605;ext=5",
        "+46701740605x5",
        "+46701740605 ext. 5",
        "%2B46701740605",
        "46701740605",
        "701740605",
        "++46701740605",
        "+46+701740605",
        "+046701740605",
        "+46701740605\u{0}",
        "+46701740605#",
        "+46701740605*",
        "+46701740605,+46701740606",
        "+46701740605 +46701740606",
        "+46٧٠١٧٤٠٦٠٥",
        "+46 70 174 06 05 eller 06",
        "011 46 70 174 06 05",
        "+46–70–174–06–05",
        "+46\u{2011}701740605",
    ];
    let stack = Stack::new().await;
    let mut taken = 0;
    for spelling in spellings {
        let answer = stack.browser().start(spelling).await;
        match answer.status {
            202 => taken += 1,
            400 => assert_eq!(answer.problem(), "invalid-phone", "{spelling:?}"),
            422 => assert_eq!(answer.problem(), "unsupported-number", "{spelling:?}"),
            _ => panic!("{spelling:?}: {answer:?}"),
        }
    }
    assert!(spellings.len() >= 40 && taken >= 15, "only {taken} of {} were read", spellings.len());
    while stack.deliver().await > 0 {}
    let texts = stack.inbox().messages();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert_eq!(texts[0].to, ADA);
    assert_eq!(stack.dump().await.all("THROTTLE#").len(), 1);
}

/// E.164 has 7 to 15 digits and no leading zero (I-03).
#[tokio::test]
async fn lengths_beyond_e164_are_refused() {
    let stack = Stack::new().await;
    for phone in
        ["+46701", "+467017", "+46701740605123", "+467017406051234", "+46701740605123456", "+0701740605", "+", ""]
    {
        assert_eq!(stack.browser().start(phone).await.problem(), "invalid-phone", "{phone:?}");
    }
    assert!(stack.dump().await.items().next().is_none(), "something was written");
}

/// Numbers of countries that are not served, and numbers that are no mobile numbers, are refused by the input alone,
/// and cost nothing (S-02, S-03).
#[tokio::test]
async fn numbers_that_are_not_texted_are_refused_alike() {
    let stack = Stack::watched().await;
    let numbers = [
        LANDLINE,
        BRITISH,
        "+12423591234",
        "+18765551234",
        "+79123456789",
        "+447797712345",
        "+447781123456",
        "+4915123456789",
        "+46900123456",
        "+4620123456",
        "+4699123456",
        "+46771123456",
        "+358401234567",
        "+4520123456",
    ];
    let mut answers = Vec::new();
    for phone in numbers {
        let answer = stack.browser().start(phone).await;
        assert!(answer.status == 422 || answer.status == 400, "{phone}: {answer:?}");
        if answer.status == 422 {
            answers.push(answer);
        }
    }
    assert!(answers.len() >= 8, "{answers:?}");
    assert_alike(&answers);
    assert!(stack.proxy().calls().is_empty());
}

/// Answers that give the same reason and country are the same in every byte.
fn assert_alike(answers: &[Answer]) {
    let mut seen = BTreeMap::new();
    for answer in answers {
        let body = answer.json();
        let first = seen.entry((body["reason"].to_string(), body["country"].to_string())).or_insert(answer);
        assert_eq!(answer, *first);
    }
}

/// A number is read in the form of the country that the page shows, by its own international prefix too, and in no
/// country that is not served (I-01, S-02).
#[tokio::test]
async fn a_number_is_read_as_it_is_dialled_in_the_country_that_is_named() {
    let stack = Stack::new().await;
    let request_code = |phone: &str, country: &str| {
        let body = json!({ "phone": phone, "country": country });
        let mut browser = stack.browser();
        async move { browser.post("/auth/login", &body).await }
    };
    assert_eq!(request_code(ADA_NATIONAL, "SE").await.status, 202);
    assert_eq!(request_code("00 46 70 174 06 05", "NO").await.status, 202);
    let norwegian = request_code(ADA_NATIONAL, "NO").await;
    assert_eq!((norwegian.problem().as_str(), &norwegian.json()["reason"]), ("invalid-phone", &json!("too-long")));
    for country in ["DE", "XX", "se", "", "SWE"] {
        assert_eq!(request_code(ADA, country).await.problem(), "invalid-request", "{country:?}");
    }
}

/// Numbers of countries that are not served are refused alike, and get no text, whatever they share with one that is
/// served: the countries of `+1`, `+7` and `+44` too (S-02).
#[tokio::test]
async fn numbers_of_other_countries_get_no_text() {
    let stack = Stack::watched().await;
    let mut answers = Vec::new();
    for phone in ABROAD {
        answers.push(stack.browser().start(phone).await);
    }
    assert!(answers.iter().all(|answer| answer.problem() == "unsupported-number"), "{answers:?}");
    assert!(answers.iter().all(|answer| answer.json()["reason"] == "country-not-served"), "{answers:?}");
    assert_alike(&answers);
    assert!(stack.proxy().calls().is_empty());
    // Each country is a country of its own: to serve its neighbour is not to serve it.
    let of = |served: &str| {
        let countries = Countries::parse(served, "SE").expect("countries");
        ABROAD.into_iter().filter(|phone| countries.read(phone).is_ok()).collect::<Vec<_>>()
    };
    assert_eq!(of("GB"), ["+447400123456"]);
    assert_eq!(of("RU"), ["+79123456789"]);
    assert_eq!(of("CA"), ["+15062345678"]);
    assert_eq!(of("JE,BS"), ["+12423591234", "+447797712345"]);
    assert_eq!(of(""), Vec::<&str>::new());
}

/// Each number that nobody has is counted when it is taken, in production as here, and no other is. Its code is as
/// random as any (F-11).
#[tokio::test]
async fn a_number_that_nobody_has_is_counted_and_gets_a_random_code() {
    let stack = Stack::new().await;
    let taken = || stack.metrics().test_numbers_used.value();
    assert_eq!(stack.browser().start(&of_another_block(0)).await.status, 202);
    assert_eq!(stack.browser().start(BRITISH).await.status, 422);
    assert_eq!(taken(), 0);
    let mut codes = BTreeSet::new();
    for index in 0..20 {
        codes.insert(stack.browser().request_code(&mobile(index)).await);
        assert_eq!(taken(), u64::from(index) + 1);
    }
    // That four of twenty random codes repeat others happens less than once in 10^16 times.
    assert!(codes.len() > 16, "{codes:?}");
}
