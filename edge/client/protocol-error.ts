/** The edge answered a request of the Open Inference Protocol with an error, whose text is the message. */
export class ProtocolError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = 'ProtocolError';
    this.status = status;
  }
}
