"""What happens in an account: people, their visits and contacts, day by day, made from the seed alone."""
