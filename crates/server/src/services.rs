//! Puts a moat together, in the order in which the parts need each other.

use crate::accounts::Accounts;
use crate::apis::{ApiFunctions, ApiKeyCipher, UserApis};
use crate::authority::{Authorities, EndpointPolicies};
use crate::balancers::{
    BalancerCertificates, BalancerFunctions, BalancerNetwork, BalancerNodes, BalancerTags, BalancerUses,
    NodeSockets,
};
use crate::certificates::OwnAuthority;
use crate::databases::{DatabaseServers, DatabaseSubnets};
use crate::domain_names::{Around, DomainNames, DomainUses};
use crate::environments::{FunctionEnvironments, SandboxFiles};
use crate::functions::{FunctionInterfaces, FunctionLogs, FunctionRoles};
use crate::http_apis::ApiLogs;
use crate::identity::{IamDirectory, IssuerDocuments, KeyCipher, TokenSealer};
use crate::instances::{IamProfiles, InstanceMachines};
use crate::internal::Console;
use crate::listeners::{self, EndpointListeners};
use crate::log_subscribers::LogSubscribers;
use crate::managed_secrets::ManagedSecrets;
use crate::names::Resolvers;
use crate::network::{Follower, NetworkReconciler};
use crate::programs::Programs;
use crate::record::CallRecord;
use crate::refusals::Refusals;
use crate::rest_apis::{GatewayRoles, OwnServers, RestApiFunctions, RestApiLogs, RestApiServices};
use crate::scaling::{ScalingCalls, ScalingTargets};
use crate::terminal::Terminal;
use crate::vpc_links::LinkWays;
use crate::why::Explainer;
use crate::{Config, StartError, io, outside};
use base::{Clock, Ids, RandomIds, Region};
use edge::{Ca, Edge, Limits, Origin, Parts, Serving};
use keyring::Keyring;
use netplane::{DataPlane, Plane};
use service::Pipeline;
use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use store::{Durability, Snapshot, Store};
use svc_acm::Acm;
use svc_apigateway::ApiGateway;
use svc_apigatewayv2::ApiGatewayV2;
use svc_autoscaling::Scaling;
use svc_cloudtrail::CloudTrail;
use svc_ec2::{Ec2, Quotas};
use svc_elbv2::Elb;
use svc_iam::Iam;
use svc_lambda::Lambda;
use svc_logs::Logs;
use svc_rds::Rds;
use svc_secretsmanager::SecretsManager;
use svc_sts::Sts;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use vpc::Network;

/// How long open calls may take to end when moat is told to stop.
const STOP_GRACE: Duration = Duration::from_secs(2);
/// How often what has had its time is removed.
const EXPIRE_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// A moat that answers. Dropping it stops everything but the world.
pub struct Running {
    front: Serving,
    _public: Vec<Serving>,
    lambda: Lambda,
    trail: Arc<CloudTrail>,
    rds: Arc<Rds>,
    servers: DatabaseServers,
    machines: InstanceMachines,
    stop_asked: Arc<Notify>,
    tasks: JoinSet<()>,
}

impl Running {
    /// Returns when a client asked moat to stop.
    pub async fn stop_asked(&self) {
        self.stop_asked.notified().await;
    }

    /// Lets open calls end, then the functions' environments, then the databases that they used, and
    /// writes the record.
    pub async fn stop(mut self) {
        self.front.shut_down(STOP_GRACE).await;
        self.lambda.shut_down().await;
        // The reconcilers would start again what is stopped here.
        self.tasks.shutdown().await;
        self.machines.shut_down().await;
        let databases = self.rds.instances().unwrap_or_default();
        self.servers.stop(databases.iter().map(|db| db.resource_id.clone()).collect()).await;
        if let Err(fault) = self.trail.flush().await {
            tracing::error!(%fault, "write the record of calls");
        }
    }
}

/// Network followers need the edge, the edge needs the pipeline, the pipeline needs the network:
/// this breaks the circle.
#[derive(Default)]
struct Followers(OnceLock<Vec<Arc<dyn Follower>>>);

impl Follower for Followers {
    fn follow(&self, snapshot: &Snapshot, networks: &[Network]) {
        for follower in self.0.get().into_iter().flatten() {
            follower.follow(snapshot, networks);
        }
    }
}

pub async fn start(
    config: Config,
    region: Region,
    clock: impl Clock + Clone + 'static,
) -> Result<Running, StartError> {
    let clock: Arc<dyn Clock> = Arc::new(clock);
    let ids: Arc<dyn Ids> = Arc::new(RandomIds);
    let durability = if config.ephemeral { Durability::Ephemeral } else { Durability::Full };
    let store = Store::open(&config.data_dir, durability)?;
    let keyring = Keyring::load_or_create(&config.data_dir.join("key"), ids.clone())?;
    let accounts = Arc::new(Accounts::new(store.clone(), keyring.clone(), clock.clone(), ids.clone()));
    let address = config.listener.local_addr().map_err(io("look at the listening socket"))?;
    if !address.ip().is_loopback() && !accounts.is_secured()? {
        return Err(StartError::DefaultKey { address });
    }
    let ca = Arc::new(Ca::load_or_create(&config.data_dir.join("ca.pem"), clock.as_ref(), ids.as_ref())?);
    let plane = open_plane(&config.state_dir, clock.clone()).await?;

    let ec2 = Arc::new(Ec2::new(store.clone(), ids.clone(), Quotas::default()));
    let followers = Arc::new(Followers::default());
    let network = NetworkReconciler::new(store.clone(), ec2.clone(), plane.clone(), vec![followers.clone()]);

    let cipher = Arc::new(KeyCipher(keyring.clone()));
    let iam = Arc::new(Iam::new(store.clone(), ids.clone(), cipher));
    let endpoints = EndpointPolicies { store: store.clone(), ec2: ec2.clone() };
    let directory = Arc::new(IamDirectory { iam: iam.clone(), endpoints: endpoints.clone() });
    let documents = Arc::new(IssuerDocuments(edge::Fetcher::new(config.outside.clone())));
    let sealer = Arc::new(TokenSealer(keyring.clone()));
    let sts = Arc::new(Sts::new(directory, sealer, ids.clone(), documents.clone()));
    let logs = Arc::new(Logs::new(store.clone()));
    let authority = Arc::new(OwnAuthority { ca: ca.clone(), ids: ids.clone() });
    let acm = Arc::new(Acm::new(
        store.clone(),
        svc_acm::Needs { keyring: keyring.clone(), authority, ids: ids.clone() },
    ));
    let secrets = Arc::new(SecretsManager::new(store.clone(), keyring.clone(), ids.clone()));

    let clusters = postgres::Clusters::new(config.data_dir.join("rds"), config.state_dir.clone());
    let servers = DatabaseServers::new(clusters, network.clone());
    let rds = Rds::new(
        store.clone(),
        svc_rds::Needs {
            subnets: Arc::new(DatabaseSubnets {
                store: store.clone(),
                ec2: ec2.clone(),
                network: network.clone(),
                clock: clock.clone(),
            }),
            servers: Arc::new(servers.clone()),
            secrets: Arc::new(ManagedSecrets {
                secrets: secrets.clone(),
                keyring: keyring.clone(),
                clock: clock.clone(),
            }),
            clock: clock.clone(),
            ids: ids.clone(),
        },
    );

    let guests = instances::Guests::new(
        config.data_dir.join("instances"),
        config.state_dir.clone(),
        std::env::current_exe().map_err(io("find the program of moat"))?,
        config.data_dir.join("sandbox-ca.pem"),
    );
    let machines = InstanceMachines::new(
        guests,
        crate::instances::Parts {
            store: store.clone(),
            network: network.clone(),
            iam: iam.clone(),
            sts: sts.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
        },
    );
    ec2.supply(svc_ec2::needs::Needs {
        machines: Arc::new(machines.clone()),
        profiles: Arc::new(IamProfiles(iam.clone())),
    });

    let roles = Arc::new(FunctionRoles { iam: iam.clone(), sts: sts.clone(), clock: clock.clone() });
    let flow_log_roles = roles.clone();
    let api_roles = roles.clone();
    let files = SandboxFiles::write(
        &config.data_dir,
        ca.bundle_pem(),
        config.python_sdk.clone(),
        config.node_sdk.clone(),
    )?;
    let environments = FunctionEnvironments::new(
        plane.clone(),
        network.clone(),
        store.clone(),
        region.clone(),
        &config,
        files,
        (clock.clone(), ids.clone()),
    )
    .await?;
    let waiting = environments.waiting();
    let debugged = environments.debugged();
    let lambda = Lambda::new(
        store.clone(),
        svc_lambda::needs::Needs {
            environments: Arc::new(environments),
            interfaces: Arc::new(FunctionInterfaces {
                ec2: ec2.clone(),
                network: network.clone(),
                clock: clock.clone(),
            }),
            credentials: roles.clone(),
            permissions: roles,
            logs: Arc::new(FunctionLogs { logs: logs.clone(), clock: clock.clone() }),
            clock: clock.clone(),
            ids: ids.clone(),
        },
        lambda_config(&config),
    )
    .map_err(io("open the functions' code"))?;

    let authorities =
        Arc::new(Authorities { accounts: accounts.clone(), iam: iam.clone(), sts: sts.clone(), endpoints });
    logs.supply(Arc::new(LogSubscribers {
        lambda: lambda.clone(),
        authorities: authorities.clone(),
        clock: clock.clone(),
        ids: ids.clone(),
    }));
    let gateway_roles = Arc::new(GatewayRoles { sts: sts.clone(), clock: clock.clone(), ids: ids.clone() });
    let (behind_pipeline, behind_apis) = (Arc::new(OnceLock::new()), Arc::new(OnceLock::new()));
    let api_explainer = Arc::new(OnceLock::new());
    let links = Arc::new(LinkWays {
        store: store.clone(),
        ec2: ec2.clone(),
        network: network.clone(),
        explainer: api_explainer.clone(),
        clock: clock.clone(),
        turn: AtomicUsize::new(0),
        opening: crate::link_turns::LinkTurns::default(),
    });
    let domains = domains::Domains::new(store.clone(), Arc::new(Around), ids.clone());
    let servers_outside = outside::OutsideServers::of(&config, ids.clone());
    // An account's requests are counted once, whichever kind of API they are for.
    let throttles = Arc::new(throttle::Throttles::default());
    let gateway = ApiGateway::new(
        store.clone(),
        svc_apigateway::Needs {
            functions: Arc::new(RestApiFunctions {
                functions: ApiFunctions {
                    lambda: lambda.clone(),
                    authorities: authorities.clone(),
                    clock: clock.clone(),
                    ids: ids.clone(),
                },
                authorities: authorities.clone(),
                roles: gateway_roles.clone(),
            }),
            services: Arc::new(RestApiServices { roles: gateway_roles, pipeline: behind_pipeline.clone() }),
            servers: Arc::new(OwnServers {
                apis: behind_apis.clone(),
                clock: clock.clone(),
                ids: ids.clone(),
                outside: servers_outside.clone(),
            }),
            links: links.clone(),
            throttles: throttles.clone(),
            domains: domains.clone(),
            logs: Arc::new(RestApiLogs {
                logs: logs.clone(),
                roles: api_roles,
                sts: sts.clone(),
                clock: clock.clone(),
            }),
            policies: authorities.clone(),
            cipher: Arc::new(ApiKeyCipher(keyring.clone())),
            clock: clock.clone(),
            ids: ids.clone(),
        },
    );
    let gateway_v2 = ApiGatewayV2::new(
        store.clone(),
        svc_apigatewayv2::Needs {
            functions: Arc::new(ApiFunctions {
                lambda: lambda.clone(),
                authorities: authorities.clone(),
                clock: clock.clone(),
                ids: ids.clone(),
            }),
            servers: Arc::new(OwnServers {
                apis: behind_apis.clone(),
                clock: clock.clone(),
                ids: ids.clone(),
                outside: servers_outside,
            }),
            links,
            throttles,
            domains,
            policies: authorities.clone(),
            logs: Arc::new(ApiLogs { logs: logs.clone(), clock: clock.clone() }),
            issuers: documents,
            clock: clock.clone(),
            ids: ids.clone(),
        },
    );
    let explainer = Arc::new(Explainer {
        store: store.clone(),
        ec2: ec2.clone(),
        rds: rds.clone(),
        secrets: secrets.clone(),
        authorities: authorities.clone(),
        network: network.clone(),
        clock: clock.clone(),
        region: region.clone(),
        internet: config.internet.is_some(),
    });
    let _ = api_explainer.set(explainer.clone());
    let certificates = Arc::new(BalancerCertificates { store: store.clone(), acm: acm.clone() });
    let nodes = balancer::Balancer::new(balancer::needs::Needs {
        network: Arc::new(NodeSockets(network.clone())),
        certificates: certificates.clone(),
        tags: Arc::new(BalancerTags(keyring.clone())),
        functions: Arc::new(BalancerFunctions {
            lambda: lambda.clone(),
            authorities: authorities.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
        }),
        clock: clock.clone(),
        ids: ids.clone(),
    })
    .map_err(io("prepare the load balancers' nodes"))?;
    let balancers = Elb::new(
        store.clone(),
        svc_elbv2::Needs {
            network: Arc::new(BalancerNetwork {
                store: store.clone(),
                ec2: ec2.clone(),
                network: network.clone(),
                clock: clock.clone(),
            }),
            nodes: Arc::new(BalancerNodes(nodes)),
            certificates,
            clock: clock.clone(),
            ids: ids.clone(),
        },
    );
    acm.supply(vec![Arc::new(BalancerUses), Arc::new(DomainUses)]);
    let scaling_calls = ScalingCalls {
        store: store.clone(),
        ec2: ec2.clone(),
        iam: iam.clone(),
        sts: sts.clone(),
        pipeline: behind_pipeline.clone(),
        clock: clock.clone(),
        ids: ids.clone(),
    };
    let scaling = Scaling::new(
        store.clone(),
        svc_autoscaling::Needs {
            machines: Arc::new(scaling_calls.clone()),
            targets: Arc::new(ScalingTargets { calls: scaling_calls.clone(), elb: balancers.clone() }),
            roles: Arc::new(scaling_calls),
            clock: clock.clone(),
            ids: ids.clone(),
        },
    );
    let trail = Arc::new(CloudTrail::new(store.clone(), ids.clone()));
    let registries = vec![
        svc_iam::ops::registry(iam.clone()),
        svc_sts::ops::registry(sts),
        svc_ec2::ops::registry(ec2.clone()),
        svc_lambda::registry(Arc::new(lambda.clone())),
        svc_logs::ops::registry(logs.clone()),
        svc_secretsmanager::registry(secrets.clone()),
        svc_rds::registry(rds.clone()),
        svc_elbv2::ops::registry(balancers.clone()),
        svc_acm::ops::registry(acm.clone()),
        svc_autoscaling::ops::registry(scaling.clone()),
        svc_cloudtrail::ops::registry(trail.clone()),
        svc_apigateway::registry(gateway.clone()),
        svc_apigatewayv2::registry(gateway_v2.clone()),
    ];
    let audit = Arc::new(CallRecord { iam, trail: trail.clone() });
    let url_authorities = authorities.clone();
    let pipeline = Arc::new(Pipeline::new(registries, authorities, &store, network.clone(), audit));
    let _ = behind_pipeline.set(pipeline.clone());
    let programs = Arc::new(Programs {
        store: store.clone(),
        ec2: ec2.clone(),
        network: network.clone(),
        machines: machines.clone(),
        pipeline: pipeline.clone(),
        terminal: Terminal::listen(&config.data_dir, ids.clone())
            .map_err(io("open the socket for commands"))?,
        debugged,
        ids: ids.clone(),
        region: region.clone(),
    });
    let stop_asked = Arc::new(Notify::new());
    accounts.write_console_key(&config.console_file).map_err(io("write the console's key"))?;
    let refusals = Arc::new(Refusals::default());
    let console = Console {
        accounts,
        store: store.clone(),
        explainer,
        lambda: lambda.clone(),
        trail: trail.clone(),
        refusals: refusals.clone(),
        programs,
        waiting: Box::new(waiting),
        data_dir: config.data_dir.clone(),
        stop: stop_asked.clone(),
    };
    let user_apis = Arc::new(UserApis {
        gateway: gateway.clone(),
        gateway_v2: gateway_v2.clone(),
        lambda: lambda.clone(),
        authorities: url_authorities,
        refusals,
        domains: DomainNames { store: store.clone(), acm: acm.clone() },
        ids: ids.clone(),
    });
    let _ = behind_apis.set(user_apis.clone());
    let edge = Arc::new(Edge::new(Parts {
        services: pipeline,
        internal: Arc::new(console),
        apis: user_apis,
        ca,
        clock: clock.clone(),
        ids,
        limits: Limits::default(),
    })?);

    let follow: Vec<Arc<dyn Follower>> = vec![
        Resolvers::new(store.clone(), ec2.clone(), plane.clone(), region, outside::resolver(&config)),
        EndpointListeners::new(ec2.clone(), plane.clone(), edge.clone()),
    ];
    let _ = followers.0.set(follow);
    let public = listeners::serve_public(&edge, plane.as_ref())?;
    let mut tasks = JoinSet::new();
    outside::serve(&config, plane.as_ref(), &mut tasks)?;
    tasks.spawn(network.clone().run());
    // What was in force before a restart is in force again before the first call is answered.
    network.settled().await;
    rds.adopt().await?;
    tasks.spawn(rds.clone().run());
    tasks.spawn(balancers.clone().run());
    tasks.spawn(ec2.clone().run_instances(clock.clone()));
    tasks.spawn(scaling.run());
    let forever = lambda.clone();
    tasks.spawn(async move { forever.reconcile_forever().await });
    tasks.spawn(trail.clone().run());
    let counting = gateway.clone();
    tasks.spawn(async move { counting.write_usage_forever().await });
    tasks.spawn(gateway_v2.run_vpc_links());
    let logging = gateway.clone();
    tasks.spawn(async move { logging.write_access_logs_forever().await });
    let writer = crate::flow_logs::Writer {
        ec2: ec2.clone(),
        network: network.clone(),
        logs: logs.clone(),
        roles: flow_log_roles,
        clock: clock.clone(),
    };
    tasks.spawn(writer.deliver());
    tasks.spawn(Logs::clone(&logs).deliver_forever(clock.clone()));
    tasks.spawn(expire(logs, secrets, acm, trail.clone(), clock));
    let front = edge.serve(config.listener, Origin::Host).map_err(io("serve the listening socket"))?;
    Ok(Running { front, _public: public, lambda, trail, rds, servers, machines, stop_asked, tasks })
}

async fn open_plane(state_dir: &Path, clock: Arc<dyn Clock>) -> Result<Arc<dyn DataPlane>, StartError> {
    let state_dir = state_dir.to_owned();
    let opened = tokio::task::spawn_blocking(move || Plane::open(&state_dir, clock)).await;
    let plane = opened
        .map_err(|e| StartError::Io { step: "open the data plane", source: std::io::Error::other(e) })??;
    Ok(Arc::new(plane))
}

fn lambda_config(given: &Config) -> svc_lambda::Config {
    let mut config = svc_lambda::Config::new(given.data_dir.join("code"));
    config.hot_reload.clone_from(&given.hot_reload);
    config.ca_bundle = Some(crate::environments::CA_BUNDLE.to_owned());
    config
}

/// Renews certificates, and removes what has had its time: log events past their retention, secrets past their recovery
/// window, calls that no lookup shows any more.
async fn expire(
    logs: Arc<Logs>,
    secrets: Arc<SecretsManager>,
    acm: Arc<Acm>,
    trail: Arc<CloudTrail>,
    clock: Arc<dyn Clock>,
) {
    loop {
        if let Err(error) = secrets.erase_due(clock.now()).await {
            tracing::error!(%error, "erase deleted secrets");
        }
        if let Err(error) = acm.renew_due(clock.now()).await {
            tracing::error!(%error, "renew certificates");
        }
        if let Err(fault) = logs.expire(clock.now()).await {
            tracing::error!(%fault, "expire log events");
        }
        if let Err(fault) = trail.expire(clock.now()).await {
            tracing::error!(%fault, "expire the record of calls");
        }
        tokio::time::sleep(EXPIRE_INTERVAL).await;
    }
}
