"""Letters that leave the house by e-mail: an outbox, the job that sends it, and a guard against wrong recipients."""
