//! Looks for every path that a Network Access Scope asks for.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StartNetworkInsightsAccessScopeAnalysis.html>

use crate::access_scopes::ask;
use crate::network_insights::{is_kept, repeated};
use crate::op::*;
use crate::render;
use why::analysis::Findings;

impl Handler<Ec2> for api::StartNetworkInsightsAccessScopeAnalysis {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let scope = input.network_insights_access_scope_id.as_deref().unwrap_or_default();
        let tags = input.tag_specifications.as_ref();
        Ok(Asks::new(ec2, call, "StartNetworkInsightsAccessScopeAnalysis")
            .on::<NetworkInsightsAccessScope>(scope)?
            .create::<NetworkInsightsAccessScopeAnalysis>(tags)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let view = ec2.look(call).await?;
        let id = required(&input.network_insights_access_scope_id, "NetworkInsightsAccessScopeId")?;
        let scope = view.find::<NetworkInsightsAccessScope>(id)?;
        let question = ask(ec2, &view, &scope.content)?;
        let result = tokio::task::spawn_blocking(move || question.answer())
            .await
            .unwrap_or_else(|_| AnalysisResult::Failed("An internal error has occurred".to_owned()));
        let row = ec2.change(call, input.dry_run, |change| start(change, &input, result)).await?;
        let shown = render::scope_analysis_begun(render::access_scope_analysis(&row));
        Ok(api::StartNetworkInsightsAccessScopeAnalysisResult {
            network_insights_access_scope_analysis: Some(shown),
        })
    }
}

fn start(
    change: &mut Change<'_>,
    input: &api::StartNetworkInsightsAccessScopeAnalysisRequest,
    result: AnalysisResult<Findings>,
) -> Result<Arc<NetworkInsightsAccessScopeAnalysis>, ServiceError> {
    let id = input.network_insights_access_scope_id.as_deref().unwrap_or_default();
    let scope = change.find::<NetworkInsightsAccessScope>(id)?;
    let token = input.client_token.as_ref();
    let rows = change.having::<NetworkInsightsAccessScopeAnalysis>(|row| {
        token.is_some() && row.client_token.as_ref() == token
    })?;
    if let Some(row) = repeated(&rows, |row| row.access_scope == scope.id)? {
        return Ok(row);
    }
    let now = change.now();
    for old in change.having::<NetworkInsightsAccessScopeAnalysis>(|row| !is_kept(row.started, now))? {
        change.remove(&*old)?;
    }
    let have = change.all::<NetworkInsightsAccessScopeAnalysis>()?.len();
    let quota = change.quotas().network_insights_analyses_per_region;
    room(
        have,
        quota,
        "NetworkInsightsAccessScopeAnalysis.LimitExceeded",
        "network insights access scope analyses",
    )?;
    let row = NetworkInsightsAccessScopeAnalysis {
        scope: change.scope().clone(),
        id: change.id("nisa"),
        access_scope: scope.id.clone(),
        started: now,
        result,
        client_token: token.cloned(),
        tags: tags::specified(NetworkInsightsAccessScopeAnalysis::KIND, input.tag_specifications.as_ref())?,
    };
    change.put(&row)?;
    Ok(Arc::new(row))
}
