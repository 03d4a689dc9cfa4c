/**
 * Options of the process of Rspamd that learns, and answers questions by HTTP. The image has it listen on every address of
 * the pod; who calls it is in the pod.
 */
export const workerControllerInc = `bind_socket = "127.0.0.1:11334";
`;
