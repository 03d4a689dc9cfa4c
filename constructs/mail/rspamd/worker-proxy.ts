import { filterProcesses } from "../../../config/schema/mail-memory.ts";

/** Options of the process of Rspamd that Postfix talks to. Their number is what the memory of the pod is sized for. */
export const workerProxyInc = `count = ${filterProcesses};
`;
