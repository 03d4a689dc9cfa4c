export { freePort } from "../../../cli/lab/free-port.ts";
