/** The id of a connection's heading in System Settings, and the end of the address that leads to it. */
export const connectionHeadingId = (connectionId: string) => `connection-${connectionId}`;
