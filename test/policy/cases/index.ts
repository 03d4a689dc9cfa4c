import type { RuleId } from "../../../rules/catalogue/index.ts";
import * as alerts from "./alerts.ts";
import * as containers from "./containers.ts";
import * as data from "./data.ts";
import * as dns from "./dns.ts";
import * as endpoints from "./endpoints.ts";
import * as environment from "./environment.ts";
import * as identity from "./identity.ts";
import * as images from "./images.ts";
import * as operation from "./operation.ts";
import * as people from "./people.ts";
import * as pipelines from "./pipelines.ts";
import type { RuleCases } from "./rule-cases.ts";
import * as secrets from "./secrets.ts";
import * as text from "./text.ts";
import * as vault from "./vault.ts";
import * as volumes from "./volumes.ts";

/** A rule without cases does not compile. */
export const cases: Readonly<Record<RuleId, RuleCases>> = {
	"admission-drift-ignored": operation.admissionDriftIgnored,
	"alert-expression-parses": alerts.alertExpressionParses,
	"chart-pinned": volumes.chartPinned,
	"config-rolls-readers": operation.configRollsReaders,
	"data-has-backup": data.dataHasBackup,
	"database-not-on-nfs": data.databaseNotOnNfs,
	"default-class-unique": volumes.defaultClassUnique,
	"definition-apart": identity.definitionApart,
	"disruption-budget-allows-drain": operation.disruptionBudgetAllowsDrain,
	"dns-record-well-formed": dns.dnsRecordWellFormed,
	"endpoint-produced": endpoints.endpointProduced,
	"environment-known": environment.environmentKnown,
	"image-known-good": images.imageKnownGood,
	"image-pinned": containers.imagePinned,
	"ingress-of-the-controller": identity.ingressOfTheController,
	"issued-token-confined": vault.issuedTokenConfined,
	"machine-login-pinned": vault.machineLoginPinned,
	"machine-not-cluster-admin": pipelines.machineNotClusterAdmin,
	"machine-tokens-staggered": vault.machineTokensStaggered,
	"mail-exchanger-reachable": dns.mailExchangerReachable,
	"mail-policy-well-formed": dns.mailPolicyWellFormed,
	"memory-guaranteed": containers.memoryGuaranteed,
	"memory-set": containers.memorySet,
	"memory-volume-sized": containers.memoryVolumeSized,
	"nfs-path-exported": data.nfsPathExported,
	"no-absolute-path": text.noAbsolutePath,
	"no-aggregated-role": people.noAggregatedRole,
	"no-cpu-limit": containers.noCpuLimit,
	"no-inline-nfs": containers.noInlineNfs,
	"no-secret-in-plain-sight": secrets.noSecretInPlainSight,
	"no-time-or-random": text.noTimeOrRandom,
	"one-owner-per-object": identity.oneOwnerPerObject,
	"people-read-no-secrets": people.peopleReadNoSecrets,
	"pod-confined": containers.podConfined,
	"power-users-apart": people.powerUsersApart,
	"quota-has-defaults": people.quotaHasDefaults,
	"references-stay-inside": text.referencesStayInside,
	"secret-write-only": secrets.secretWriteOnly,
	"service-selects-pods": operation.serviceSelectsPods,
	"single-writer-recreates": data.singleWriterRecreates,
	"stateful-protected": data.statefulProtected,
	"static-volume-claimed": volumes.staticVolumeClaimed,
	"storage-class-exists": volumes.storageClassExists,
	"tenant-pipelines-without-rights": pipelines.tenantPipelinesWithoutRights,
	"tier-label": identity.tierLabel,
	"tokens-in-text": text.tokensInText,
	"unique-dns-records": dns.uniqueDnsRecords,
	"unique-host-names": identity.uniqueHostNames,
	"unique-node-ports": identity.uniqueNodePorts,
	"unseal-key-apart": vault.unsealKeyApart,
	"user-prefixed": people.userPrefixed,
	"vault-entry-granted": vault.vaultEntryGranted,
	"vault-entry-reserved": vault.vaultEntryReserved,
	"vault-policy-sound": vault.vaultPolicySound,
	"volumes-retained": volumes.volumesRetained,
};
