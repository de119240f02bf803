//! <https://docs.aws.amazon.com/acm/latest/APIReference/API_ListCertificates.html>

use crate::state::Certificate;
use crate::{Acm, answer, api, error};
use base::Timestamp;
use service::{Access, Authorized, Call, Handler, ServiceError};

const PAGE_MAX: usize = 1000;
/// Those that are listed where no key types are asked for.
const USUAL_KEY_TYPES: [&str; 2] = ["RSA_1024", "RSA_2048"];

impl Handler<Acm> for api::ListCertificates {
    fn access(_: &Acm, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("acm:ListCertificates", "*")])
    }

    async fn run(
        acm: &Acm,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        if input.sort_by.is_some() != input.sort_order.is_some() {
            return Err(error::validation("SortBy and SortOrder must be specified together."));
        }
        let state = acm.store.read();
        let mut found = state.scan::<Certificate>(&call.scope.prefix())?;
        found.retain(|certificate| is_listed(certificate, &input, call.now));
        found.sort_by_key(|certificate| place(certificate));
        if input.sort_order.as_deref() == Some("DESCENDING") {
            found.reverse();
        }
        if let Some(token) = &input.next_token {
            let last = found.iter().position(|certificate| certificate.id == *token);
            let last = last.ok_or_else(|| error::validation("The NextToken is not valid."))?;
            found.drain(..=last);
        }
        let size = input.max_items.and_then(|n| usize::try_from(n).ok()).unwrap_or(PAGE_MAX);
        let is_more = found.len() > size;
        found.truncate(size);
        let next_token = found.last().filter(|_| is_more).map(|last| last.id.clone());
        let mut summaries = Vec::new();
        for certificate in &found {
            let is_used = !acm.users_of(&state, certificate)?.is_empty();
            summaries.push(answer::summary(certificate, is_used, call.now));
        }
        Ok(api::ListCertificatesResponse { certificate_summary_list: Some(summaries), next_token })
    }
}

fn place(certificate: &Certificate) -> (Timestamp, String) {
    (certificate.created, certificate.id.clone())
}

fn is_listed(certificate: &Certificate, input: &api::ListCertificatesRequest, now: Timestamp) -> bool {
    let asks = |list: &Option<Vec<String>>, text: &str| {
        list.as_ref().is_none_or(|list| list.is_empty() || list.iter().any(|one| one == text))
    };
    let filters = input.includes.clone().unwrap_or_default();
    let facts = &certificate.facts;
    let has_all = |wanted: &Option<Vec<String>>, held: &[&str]| {
        wanted.iter().flatten().all(|one| held.contains(&one.as_str()))
    };
    let usages: Vec<&str> = facts.key_usages.iter().map(String::as_str).collect();
    let extended: Vec<&str> = facts.extended_key_usages.iter().map(|(name, _)| name.as_str()).collect();
    let key_type = match &filters.key_types {
        Some(types) if !types.is_empty() => types.contains(&facts.key_algorithm),
        _ => USUAL_KEY_TYPES.contains(&facts.key_algorithm.as_str()),
    };
    key_type
        && asks(&input.certificate_statuses, certificate.status(now))
        && has_all(&filters.key_usage, &usages)
        && has_all(&filters.extended_key_usage, &extended)
        && filters.export_option.as_deref().is_none_or(|option| option == "DISABLED")
        && filters.managed_by.is_none()
}
