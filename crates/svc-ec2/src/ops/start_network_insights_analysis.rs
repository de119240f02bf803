//! Analyzes a path: whether there is a packet that gets through, and what is in the way.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StartNetworkInsightsAnalysis.html>

use crate::network_insights::{Asking, ask, id_of, is_kept, repeated};
use crate::op::*;
use crate::render;
use why::analysis::{Outcome, Through};

/// Most resources that a path must, or must not, go through.
const MAX_FILTER_ARNS: usize = 1;

impl Handler<Ec2> for api::StartNetworkInsightsAnalysis {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let path = input.network_insights_path_id.as_deref().unwrap_or_default();
        let tags = input.tag_specifications.as_ref();
        Ok(Asks::new(ec2, call, "StartNetworkInsightsAnalysis")
            .on::<NetworkInsightsPath>(path)?
            .create::<NetworkInsightsAnalysis>(tags)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let accounts = input.additional_accounts.as_ref().is_some_and(|accounts| !accounts.is_empty());
        refuse("StartNetworkInsightsAnalysis", &[("AdditionalAccounts", accounts)])?;
        let through = through(&input)?;
        let view = ec2.look(call).await?;
        let path = view.find::<NetworkInsightsPath>(required(
            &input.network_insights_path_id,
            "NetworkInsightsPathId",
        )?)?;
        let result = match ask(ec2, &view, &path, through)? {
            Asking::Known(outcome) => AnalysisResult::Succeeded(outcome),
            Asking::Question(question) => tokio::task::spawn_blocking(move || question.answer())
                .await
                .unwrap_or_else(|_| AnalysisResult::Failed("An internal error has occurred".to_owned())),
        };
        let row = ec2.change(call, input.dry_run, |change| start(change, &input, result)).await?;
        let shown = render::begun(render::network_insights_analysis(&view, &row));
        Ok(api::StartNetworkInsightsAnalysisResult { network_insights_analysis: Some(shown) })
    }
}

fn through(input: &api::StartNetworkInsightsAnalysisRequest) -> Result<Through, ServiceError> {
    let ids = |arns: &Option<Vec<String>>, name: &str| -> Result<Vec<String>, ServiceError> {
        let arns = arns.as_deref().unwrap_or_default();
        if arns.len() > MAX_FILTER_ARNS {
            return Err(invalid_value(format!("{name} can have up to {MAX_FILTER_ARNS} ARN.")));
        }
        if let Some(wrong) = arns.iter().find(|arn| !arn.starts_with("arn:")) {
            return Err(invalid_value(format!("'{wrong}' is not a valid ARN.")));
        }
        Ok(arns.iter().map(|arn| id_of(arn).to_owned()).collect())
    };
    let within = ids(&input.filter_in_arns, "FilterInArns")?;
    let without = ids(&input.filter_out_arns, "FilterOutArns")?;
    if within.iter().any(|id| without.contains(id)) {
        return Err(combination("A resource cannot be in both FilterInArns and FilterOutArns"));
    }
    Ok(Through { within, without })
}

fn start(
    change: &mut Change<'_>,
    input: &api::StartNetworkInsightsAnalysisRequest,
    result: AnalysisResult<Outcome>,
) -> Result<Arc<NetworkInsightsAnalysis>, ServiceError> {
    let path =
        change.find::<NetworkInsightsPath>(input.network_insights_path_id.as_deref().unwrap_or_default())?;
    let token = input.client_token.as_ref();
    let rows = change
        .having::<NetworkInsightsAnalysis>(|row| token.is_some() && row.client_token.as_ref() == token)?;
    if let Some(row) = repeated(&rows, |row| row.path == path.id)? {
        return Ok(row);
    }
    let now = change.now();
    for old in change.having::<NetworkInsightsAnalysis>(|row| !is_kept(row.started, now))? {
        change.remove(&*old)?;
    }
    let have = change.all::<NetworkInsightsAnalysis>()?.len();
    let quota = change.quotas().network_insights_analyses_per_region;
    room(have, quota, "NetworkInsightsAnalysis.LimitExceeded", "network insights analyses")?;
    let row = NetworkInsightsAnalysis {
        scope: change.scope().clone(),
        id: change.id("nia"),
        path: path.id.clone(),
        within: input.filter_in_arns.clone().unwrap_or_default(),
        without: input.filter_out_arns.clone().unwrap_or_default(),
        started: now,
        result,
        client_token: token.cloned(),
        tags: tags::specified(NetworkInsightsAnalysis::KIND, input.tag_specifications.as_ref())?,
    };
    change.put(&row)?;
    Ok(Arc::new(row))
}
