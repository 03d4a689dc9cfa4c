import { admissionDriftIgnored } from "./admission-drift-ignored.ts";
import { alertExpressionParses } from "./alert-expression-parses.ts";
import { chartPinned } from "./chart-pinned.ts";
import { configRollsReaders } from "./config-rolls-readers.ts";
import { dataHasBackup } from "./data-has-backup.ts";
import { databaseNotOnNfs } from "./database-not-on-nfs.ts";
import { defaultClassUnique } from "./default-class-unique.ts";
import { definitionApart } from "./definition-apart.ts";
import { disruptionBudgetAllowsDrain } from "./disruption-budget-allows-drain.ts";
import { dnsRecordWellFormed } from "./dns-record-well-formed.ts";
import { endpointProduced } from "./endpoint-produced.ts";
import { environmentKnown } from "./environment-known.ts";
import { imageKnownGood } from "./image-known-good.ts";
import { imagePinned } from "./image-pinned.ts";
import { ingressOfTheController } from "./ingress-of-the-controller.ts";
import { issuedTokenConfined } from "./issued-token-confined.ts";
import { machineLoginPinned } from "./machine-login-pinned.ts";
import { machineNotClusterAdmin } from "./machine-not-cluster-admin.ts";
import { machineTokensStaggered } from "./machine-tokens-staggered.ts";
import { mailExchangerReachable } from "./mail-exchanger-reachable.ts";
import { mailPolicyWellFormed } from "./mail-policy-well-formed.ts";
import { memoryGuaranteed } from "./memory-guaranteed.ts";
import { memorySet } from "./memory-set.ts";
import { memoryVolumeSized } from "./memory-volume-sized.ts";
import { nfsPathExported } from "./nfs-path-exported.ts";
import { noAbsolutePath } from "./no-absolute-path.ts";
import { noAggregatedRole } from "./no-aggregated-role.ts";
import { noCpuLimit } from "./no-cpu-limit.ts";
import { noInlineNfs } from "./no-inline-nfs.ts";
import { noSecretInPlainSight } from "./no-secret-in-plain-sight.ts";
import { noTimeOrRandom } from "./no-time-or-random.ts";
import { oneOwnerPerObject } from "./one-owner-per-object.ts";
import { peopleReadNoSecrets } from "./people-read-no-secrets.ts";
import { podConfined } from "./pod-confined.ts";
import { powerUsersApart } from "./power-users-apart.ts";
import { quotaHasDefaults } from "./quota-has-defaults.ts";
import { referencesStayInside } from "./references-stay-inside.ts";
import { secretWriteOnly } from "./secret-write-only.ts";
import { serviceSelectsPods } from "./service-selects-pods.ts";
import { singleWriterRecreates } from "./single-writer-recreates.ts";
import { statefulProtected } from "./stateful-protected.ts";
import { staticVolumeClaimed } from "./static-volume-claimed.ts";
import { storageClassExists } from "./storage-class-exists.ts";
import { tenantPipelinesWithoutRights } from "./tenant-pipelines-without-rights.ts";
import { tierLabel } from "./tier-label.ts";
import { tokensInText } from "./tokens-in-text.ts";
import { uniqueDnsRecords } from "./unique-dns-records.ts";
import { uniqueHostNames } from "./unique-host-names.ts";
import { uniqueNodePorts } from "./unique-node-ports.ts";
import { unsealKeyApart } from "./unseal-key-apart.ts";
import { userPrefixed } from "./user-prefixed.ts";
import { vaultEntryGranted } from "./vault-entry-granted.ts";
import { vaultEntryReserved } from "./vault-entry-reserved.ts";
import { vaultPolicySound } from "./vault-policy-sound.ts";
import { volumesRetained } from "./volumes-retained.ts";

/** All rules. */
export const rules = [
	admissionDriftIgnored,
	alertExpressionParses,
	chartPinned,
	configRollsReaders,
	dataHasBackup,
	databaseNotOnNfs,
	defaultClassUnique,
	definitionApart,
	disruptionBudgetAllowsDrain,
	dnsRecordWellFormed,
	endpointProduced,
	environmentKnown,
	imageKnownGood,
	imagePinned,
	ingressOfTheController,
	issuedTokenConfined,
	machineLoginPinned,
	machineNotClusterAdmin,
	machineTokensStaggered,
	mailExchangerReachable,
	mailPolicyWellFormed,
	memoryGuaranteed,
	memorySet,
	memoryVolumeSized,
	nfsPathExported,
	noAbsolutePath,
	noAggregatedRole,
	noCpuLimit,
	noInlineNfs,
	noSecretInPlainSight,
	noTimeOrRandom,
	oneOwnerPerObject,
	peopleReadNoSecrets,
	podConfined,
	powerUsersApart,
	quotaHasDefaults,
	referencesStayInside,
	secretWriteOnly,
	serviceSelectsPods,
	singleWriterRecreates,
	statefulProtected,
	staticVolumeClaimed,
	storageClassExists,
	tenantPipelinesWithoutRights,
	tierLabel,
	tokensInText,
	uniqueDnsRecords,
	uniqueHostNames,
	uniqueNodePorts,
	unsealKeyApart,
	userPrefixed,
	vaultEntryGranted,
	vaultEntryReserved,
	vaultPolicySound,
	volumesRetained,
] as const;

/** Ids of all rules. */
export type RuleId = (typeof rules)[number]["id"];
