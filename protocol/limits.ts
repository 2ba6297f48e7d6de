/** Every limit that both ends must agree on, in one place. Sizes are bytes unless the name says otherwise. */
export const Limits = {
  /** A room name, UTF-8 encoded. Long enough for a relative path, short enough for a URL. */
  roomNameBytes: 512,
  /** One WebSocket frame. A 20 MB document with its history fits; `ws` would take 100 MiB. */
  frameBytes: 64 * 1024 * 1024,
  /** Messages in one frame. We write one, others a handful; a frame full of the shortest would take fifty times its own memory. */
  frameMessages: 1024,
  /** A state vector: half a million clients, who have all written in one document. */
  stateVectorBytes: 4 * 1024 * 1024,
  /**
   * Structs and deleted ranges in one frame. What people wrote takes 13 bytes a piece and more, so that not even a frame of 64 MiB
   * brings more; 32 million of the shortest would fit, and take 4 GB and 24 s; four million structs took 1.2 GB and 8 s.
   */
  updatePieces: 5_000_000,
  /** Clients in the updates of one frame: as many as a state vector has room for. Each takes as much memory as four pieces. */
  updateClients: 512 * 1024,
  /** One awareness frame: a name, a colour and a cursor are about 300 bytes; a crowd's answer is split. */
  awarenessBytes: 64 * 1024,
  /** Objects and arrays inside each other in an awareness state: a cursor needs 4; thousands overflow JSON's stack. */
  awarenessDepth: 32,
  /** Awareness states that one connection may own: a replica link carries those of everybody behind it. */
  awarenessClients: 1024,
  /** A text file that the app opens. Larger ones are refused and not touched. */
  fileBytes: 20 * 1024 * 1024,
  /** Documents in a folder that is shared. The tree of so many is a megabyte, and is read again at every change of it. */
  sharedFolderFiles: 10_000,
  /** The path of a file in a shared folder, UTF-16 units. */
  treePathLength: 1024,
  /** Texts in which it is shown what changed while somebody was away, UTF-16 units: comparing two of them takes about a second. */
  absenceLength: 2 * 1024 * 1024,
  /** All that is kept of a document, as it travels to another server. */
  parcelBytes: 512 * 1024 * 1024,
  /** People who ask to come in, at one host at a time. */
  knocks: 20,
  /** Names of those inside that people nearby are told. */
  nearbyPeople: 50,
  /** A person's name in presence and invites, UTF-16 units. */
  personNameLength: 64,
  /** A document's title in an invite, UTF-16 units. */
  titleLength: 200,
  /** An invite link as a whole, UTF-16 units: what a QR code and a mail client still carry. */
  inviteLinkLength: 2048,
} as const
