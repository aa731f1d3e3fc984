package doubles

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/connect"
)

// Run signs in at a double of a provider, from the start to the profile, and returns what went wrong. Where the description
// does not say how to read a profile, it ends with the tokens.
func Run(ctx context.Context, d connect.Description, variant Variant) error {
	double, err := New(d, variant)
	if err != nil {
		return err
	}
	defer double.Close()
	provider, err := connect.New(double.Config(), double.Options())
	if err != nil {
		return err
	}
	if err := double.walk(ctx, provider); err != nil {
		return errors.Join(err, double.problem())
	}
	return double.problem()
}

func (d *Double) problem() error {
	problems := d.Problems()
	if len(problems) == 0 {
		return nil
	}
	return errors.New(strings.Join(problems, "\n"))
}

func (d *Double) walk(ctx context.Context, provider *connect.Provider) error {
	address, flow, err := provider.Begin(ctx)
	if err != nil {
		return fmt.Errorf("beginning: %w", err)
	}
	callback, err := d.Visit(address)
	if err != nil {
		return fmt.Errorf("visiting: %w", err)
	}
	tokens, err := provider.Finish(ctx, flow, callback)
	if err != nil {
		return fmt.Errorf("finishing: %w", err)
	}
	if tokens.AccessToken != accessToken {
		return fmt.Errorf("the access token is %q", tokens.AccessToken)
	}
	if len(connect.Gaps(d.d)) > 0 {
		return nil
	}
	profile, err := provider.Profile(ctx, tokens)
	if err != nil {
		return fmt.Errorf("reading the profile: %w", err)
	}
	profile.Raw = nil
	if diff := cmp.Diff(d.Want(), profile); diff != "" {
		return fmt.Errorf("the profile is not the planted one (-want +got):\n%s", diff)
	}
	return nil
}

// variants lists what is tried for one description.
func variants(d connect.Description) []Variant {
	list := []Variant{{}, {Last: true, FormTokens: true}, {Unverified: true, NoExtras: true}}
	if d.Flow != nil && d.Flow.WhenNumericClientID != nil {
		list = append(list, Variant{NumericID: true})
	}
	if d.OAuth == 1 && (d.Flow == nil || d.Flow.RequestToken == nil || d.Flow.RequestToken.SignatureMethod == "") {
		list = append(list, Variant{RSA: true})
	}
	return list
}
